"""The words of an import's report and progress. They are kept with it in English and shown in the reader's
language; here, so that translators find them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

STEPS = (
    _l("Reading the boundaries"),
    _l("Looking for broken shapes, overlaps and gaps"),
    _l("Finding each door's precinct anew"),
    _l("Reading the results"),
    _l("Finding the places"),
    _l("Reading addresses and finding their precincts"),
    _l("Reading the doors"),
    _l("Reading voters and finding their doors"),
    _l("Saving"),
    _l("Saving the doors"),
    _l("Saving the voters"),
    _l("Reading the file"),
    _l("Saving the streets"),
)

COUNTS = (
    _l("Areas read"),
    _l("Shapes mended"),
    _l("Left out without a shape"),
    _l("Overlaps"),
    _l("Gaps"),
    _l("New districts"),
    _l("Districts updated"),
    _l("New precincts"),
    _l("Precincts updated"),
    _l("Districts drawn around their precincts"),
    _l("Old districts removed"),
    _l("Old precincts removed"),
    _l("Doors moved to another precinct"),
    _l("Rows read"),
    _l("New doors"),
    _l("Doors updated"),
    _l("Rows that share a door"),
    _l("Left out as no home"),
    _l("Rejected"),
    _l("Results saved"),
    _l("Contests"),
    _l("Votes"),
    _l("Votes without a place"),
    _l("Rows left out"),
    _l("Rows rejected"),
    _l("Voters read"),
    _l("New voters"),
    _l("Voters updated"),
    _l("At a door"),
    _l("Doubtful"),
    _l("Without a door"),
    _l("Voters rejected"),
    _l("Lines read"),
    _l("Barriers"),
    _l("Barriers (railways and rivers)"),
    _l("Pieces kept"),
)

TABLES = (
    _l("Mended"),
    _l("Reasons"),
    _l("Left out"),
    _l("Doors in no precinct"),
    _l("Matched with a doubt"),
    _l("Matched to no place"),
)
