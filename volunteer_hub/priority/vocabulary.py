"""Words of the priority pages: rules, parts of a score, assumptions, causes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

RULE_WORDS = {
    "plurality": (
        _l("Win the seat"),
        _l("Net votes an hour brings, times how likely the seat is decided by few votes."),
    ),
    "turnout": (
        _l("Bring out supporters"),
        _l("Supporters who vote and would have stayed at home, wherever they live."),
    ),
    "coverage": (_l("Knock on every door"), _l("Plain doors an hour, so that nobody is left out.")),
}

# factor of a score (geodata.priority.FACTOR_WORDS) -> what stands after "mostly by"
FACTOR_WORDS = {
    "closeness": _l("how close the race is"),
    "doors_per_hour": _l("the pace at doors"),
    "contact_rate": _l("how many people open"),
    "votes_per_contact": _l("what a talk brings"),
    "stay_at_home": _l("supporters still at home"),
    "support": _l("support found at doors"),
    "best_doors_left": _l("which doors are left"),
    "rule": _l("changed rules"),
}

UNIT_WORDS = {
    "millionths of a win per hour": _l("millionths of a win per hour"),
    "supporters' votes per hour": _l("supporters' votes per hour"),
    "doors per hour": _l("doors per hour"),
    "times an average hour": _l("times an average hour"),
}

# unit of an hour -> the same of many hours
TOTAL_WORDS = {
    "millionths of a win per hour": _l("millionths of a win"),
    "supporters' votes per hour": _l("supporters' votes"),
    "doors per hour": _l("doors"),
    "times an average hour": _l("times what an average hour brings"),
}

# kind of a step of the value curve -> which doors it is about
STEP_WORDS = {
    "best": _l("The best third of the doors never tried"),
    "middle": _l("The middle third"),
    "last": _l("The last third"),
    "again": _l("Second knocks where nobody opened"),
    "": _l("Doors"),
}

CAUSE_WORDS = {
    "import": _l("new places or results"),
    "doors": _l("door reports"),
    "rules": _l("changed rules"),
    "seats": _l("changed seats"),
    "by hand": _l("asked for by hand"),
}

# part -> (label, kind of number: share, points, error, count, number, flag, explanation)
PART_WORDS = {
    "net_votes_per_hour": (
        _l("Net votes an hour"),
        "number",
        _l("Votes for us less votes for the other side that the next hour brings."),
    ),
    "contacts_per_hour": (
        _l("Talks an hour"),
        "number",
        _l("Doors an hour times the share of knocks that end in a talk."),
    ),
    "votes_per_contact": (
        _l("Votes a talk"),
        "number",
        _l("Votes one talk brings on average, after the effect has shrunk in a race everybody talks about."),
    ),
    "support_share": (
        _l("Our share"),
        "share",
        _l("Of the two sides' votes, from past results; older elections weigh less."),
    ),
    "supporters_among_reached": (
        _l("Supporters among those reached"),
        "share",
        _l("From past results and the list, corrected by what people said at doors."),
    ),
    "supporters": (_l("Supporters"), "count", _l("People on our side among those who could vote.")),
    "supporters_at_home": (
        _l("Supporters who stay at home"),
        "count",
        _l("Of those, expected not to vote unless somebody asks them."),
    ),
    "home_share": (_l("Stay at home"), "share", _l("Share of those who could vote that is expected not to.")),
    "electorate": (
        _l("Could vote"),
        "count",
        _l("Registered people, or our assumption where registration is not known."),
    ),
    "expected_turnout": (_l("Votes expected"), "count", _l("All votes cast here, from past turnout.")),
    "doors": (_l("Doors"), "count", _l("All doors of the universe here.")),
    "fresh_doors": (_l("Doors never tried"), "count", _l("The best of them come first.")),
    "margin_share": (
        _l("Expected margin of the seat"),
        "points",
        _l("Of the whole seat, not of this place: plus means that we lead."),
    ),
    "margin_sd": (
        _l("Error of that margin"),
        "error",
        _l("One standard deviation; a race is rarely further off than twice this."),
    ),
    "win_chance": (
        _l("Chance to win the seat"),
        "share",
        _l("As things stand, before the hours still to come."),
    ),
    "is_registered": (_l("Registration"), "flag", _l("Counted from the results, or assumed.")),
    "is_counted": (_l("Doors"), "flag", _l("Counted from an import, or assumed from the number of people.")),
    "is_borrowed": (_l("Past results"), "borrowed", _l("Its own, or those of its seat where it has none.")),
}

PARAM_GROUPS = (
    (
        _l("At the doors"),
        (
            "doors_dense",
            "doors_sparse",
            "dense_per_km2",
            "sparse_per_km2",
            "contact_rate",
            "revisit",
            "door_spread",
            "people_per_door",
        ),
    ),
    (
        _l("What a talk brings"),
        (
            "votes_per_contact",
            "high_salience",
            "shrink",
            "home_share_reference",
            "list_lift",
            "support_strength",
            "spill",
        ),
    ),
    (
        _l("What past results tell"),
        (
            "half_life_years",
            "turnout_share",
            "turnout_sd",
            "margin_common",
            "margin_seat",
            "margin_regional",
            "margin_local",
            "unknown_margin_sd",
        ),
    ),
)

PARAM_WORDS = {
    "doors_dense": _l("Doors an hour, dense streets"),
    "doors_sparse": _l("Doors an hour, far apart"),
    "dense_per_km2": _l("Dense from (doors a km²)"),
    "sparse_per_km2": _l("Far apart below (doors a km²)"),
    "contact_rate": _l("Share of knocks with a talk"),
    "votes_per_contact": _l("Votes a talk"),
    "shrink": _l("Share of the effect that is lost"),
    "high_salience": _l("A race everybody talks about"),
    "home_share_reference": _l("Stay-at-home share in the studies"),
    "turnout_share": _l("Turnout where registration is unknown"),
    "turnout_sd": _l("Error of the turnout"),
    "people_per_door": _l("People behind a door"),
    "list_lift": _l("Odds of a supporter on our list"),
    "support_strength": _l("Answers that weigh like the expectation"),
    "spill": _l("Effect that reaches the other side"),
    "revisit": _l("Worth of a second knock"),
    "door_spread": _l("Best doors against the average"),
    "margin_common": _l("Error of the whole contest"),
    "margin_seat": _l("Error of a seat beyond the whole"),
    "margin_regional": _l("Error of a region"),
    "margin_local": _l("Error of a district"),
    "unknown_margin_sd": _l("Error without past results"),
    "half_life_years": _l("Years until a result weighs half"),
}
