"""Files made to break the program, or merely broken: each gets a clear answer, and nothing is half
imported.
"""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest
from sqlalchemy import func, select

from tests.districts import samples
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.districts import bring, tables
from volunteer_hub.districts.models import District, Door, Import, Precinct, Voter

HUGE = 10_000_000


@pytest.fixture
def take(app, make, tmp_path):
    campaign_id = make.default_campaign.id

    def bring_in(kind: str, content: bytes, name: str = "file", **options) -> Import:
        (tmp_path / name).write_bytes(content)
        return bring.bring(campaign_id, kind, tmp_path / name, **options)

    return bring_in


@pytest.fixture
def town(take):
    take("precincts", samples.geojson(samples.squares()), district_kind="ward", district_name="Barre")
    return take


def send(client, kind: str, content: bytes, name: str = "file", **options):
    """Upload a file through the page."""
    data = {"kind": kind, "file": (io.BytesIO(content), name)}
    return client.post("/imports/new", data, content_type="multipart/form-data", **options)


def read(tmp_path, content: bytes, **options) -> tuple[tables.Table, list, list]:
    path = tmp_path / "table"
    path.write_bytes(content)
    with tables.open_table(path, **options) as table:
        chunks = list(table.chunks())
    return table, [row for c in chunks for row in c.rows], [bad for c in chunks for bad in c.rejected]


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.geojson", b" " * 64 * 1024**2)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["districts", "doors", "voters", "results"])
def test_a_zip_bomb_is_refused(town, kind):
    with pytest.raises(Refusal, match="zip bomb"):
        town(kind, bomb(), "bomb.zip")
    assert db.session.scalar(select(func.count()).select_from(District)) == 1


def test_a_gzip_bomb_is_refused(town):
    with pytest.raises(Refusal, match="zip bomb"):
        town("doors", gzip.compress(b"number,street,latitude,longitude\n" + b"1" * (64 * 1024**2)))


def test_a_cut_off_gzip_is_refused(town):
    with pytest.raises(Refusal, match="damaged or cut off"):
        town("doors", gzip.compress(samples.doors_csv(samples.door_rows(400)))[:-200])


@pytest.mark.parametrize(("part", "said"), [(".shx", "index"), (".dbf", "table"), (".shp", "shapes")])
def test_a_shapefile_without_one_of_its_parts_is_refused_by_name(take, tmp_path, part, said):
    with pytest.raises(Refusal, match=said):
        take("districts", samples.zipped_shapefile(samples.squares(), tmp_path / "s", without=(part,)))


def test_a_shapefile_without_prj_asks_for_its_coordinate_system(take, tmp_path):
    content = samples.zipped_shapefile(samples.squares(), tmp_path / "s", without=(".prj",))
    with pytest.raises(Refusal, match="Which coordinate system"):
        take("districts", content)
    take("districts", content, crs="EPSG:4326")
    assert db.session.scalar(select(func.count()).select_from(District)) == 4


def test_the_pages_ask_for_the_coordinate_system(app, make, client, tmp_path):
    client.sign_in(make.person(role="organizer"))
    content = samples.zipped_shapefile(samples.squares(), tmp_path / "s", without=(".prj",))
    sent = send(client, "districts", content, "a.zip")
    assert "Which coordinate system" in client.get(sent.location).text
    client.post(sent.location, {"crs": "EPSG:4326"})
    assert "4 areas" in client.get(sent.location).text


def test_a_ring_that_crosses_itself_is_mended_and_counted(take):
    row = take("districts", samples.geojson(samples.crossed()))
    assert dict(row.report["counts"])["Shapes mended"] == 1
    assert all(d.geometry.is_valid for d in db.session.scalars(select(District)))


@pytest.mark.parametrize(
    "geometry", [None, {"type": "Polygon", "coordinates": []}, {"type": "Point", "coordinates": [-72, 44]}]
)
def test_an_area_without_a_shape_is_named_and_can_be_left_out(take, geometry):
    square = {"type": "Polygon", "coordinates": [[[-72, 44], [-71.9, 44], [-71.9, 44.1], [-72, 44]]]}
    content = samples.feature_collection([square, geometry])
    with pytest.raises(Refusal, match=r"“1” \(row 2\) has no area"):
        take("districts", content)
    assert db.session.scalar(select(func.count()).select_from(District)) == 0
    take("districts", content, skip_bad=True)
    assert db.session.scalar(select(func.count()).select_from(District)) == 1


def test_latin_1_with_a_byte_order_mark_and_quotes(town):
    text = 'House Number,Street,Zip,Latitude,Longitude\r\n1,"Peña ""Old"" Street",05641,44.21,-72.59\r\n'
    row = town("doors", b"\xef\xbb\xbf" + text.encode("latin-1"))
    assert db.session.scalars(select(Door.street)).one() == 'Peña "Old" Street'
    assert "1 lines were not in UTF-8" in row.report["warnings"][0]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_any_encoding_and_delimiter_gives_the_same_rows(tmp_path, encoding, delimiter):
    rows = [[n, "Peña, Oak Street", "05641", 44.21, -72.59] for n in range(30)]
    header = ["number", "street", "zip", "lat", "lon"]
    content = samples.csv_bytes(header, rows, delimiter=delimiter, encoding=encoding)
    table, found, rejected = read(tmp_path, content)
    assert table.columns == ["number", "street", "zip", "lat", "lon"]
    assert found[3] == ["3", "Peña, Oak Street", "05641", "44.21", "-72.59"]
    assert (len(found), rejected) == (30, [])


def test_a_field_of_ten_million_letters_is_one_rejected_row(town):
    lines = samples.doors_csv().splitlines()
    lines.insert(5, b'7,"' + b"x" * HUGE + b'",,Barre,05641,44.21,-72.59,1')
    row = town("doors", b"\r\n".join(lines))
    counts = dict(row.report["counts"])
    assert (counts["New doors"], counts["Rejected"]) == (20, 1)
    assert "10,000,0" in row.report["rows"]["Reasons"][0]["reason"]


def test_a_quotation_mark_that_is_never_closed_costs_one_row(tmp_path):
    lines = [f"{n},Oak Street {n},44.2,-72.5" for n in range(200)]
    lines[10] = '10,"Oak Street,44.2,-72.5'
    long = [*lines, *[f"{n},{'Elm ' * 300},44.2,-72.5" for n in range(200, 400)]]
    _, rows, rejected = read(tmp_path, "\n".join(["number,street,lat,lon", *long]).encode())
    assert len(rejected) == 1
    assert rejected[0].line == 12
    assert "never closed" in rejected[0].reason
    assert len(rows) == 399


def test_nul_bytes_and_ragged_rows_are_rejected_with_their_lines(tmp_path):
    content = b"number,street,lat,lon\n1,Oak,44,-72\n2,O\0ak,44,-72\n3,Oak\n4,Oak,44,-72,9,9\n5,Oak,44,-72\n"
    _, rows, rejected = read(tmp_path, content)
    assert [row[0] for row in rows] == ["1", "5"]
    assert [(bad.line, bad.reason.split(" (")[0]) for bad in rejected] == [
        (3, "the line holds NUL bytes"),
        (4, "the line has 2 columns where 4 are expected"),
        (5, "the line has 6 columns where 4 are expected; a field that holds the delimiter needs quotes"),
    ]


def test_a_ten_million_letter_value_in_parquet_is_one_rejected_row(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"street": ["Oak", "x" * HUGE, "Elm"]}), tmp_path / "table")
    with tables.open_table(tmp_path / "table") as table:
        chunk = next(table.chunks())
    assert (chunk.rows, [bad.line for bad in chunk.rejected]) == ([["Oak"], ["Elm"]], [2])


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "empty"), (b"\xd0\xcf\x11\xe0" * 40, "old Excel"), (b"%PDF-1.7 ...", "a PDF"),
    (bytes(range(256)) * 40, "no table"),
     (b"PAR1 not really", "damaged"), (b"<OGRVRTDataSource><x/></OGRVRTDataSource>", "not KML"),
     (b'<!DOCTYPE a [<!ENTITY b "c">]><kml/>', "entities")],
)  # fmt: skip
def test_what_is_no_table_is_refused_with_a_sentence(town, content, said):
    with pytest.raises(Refusal, match=said):
        town("doors", content)


def test_an_excel_workbook_is_told_to_be_saved_as_csv(town):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(Refusal, match="CSV UTF-8"):
        town("doors", out.getvalue())


def test_formulas_in_a_file_do_not_run_in_what_is_downloaded(town, client, make):
    town("doors", samples.doors_csv())
    lines = samples.voters_csv().decode().replace("V003", "=cmd|'/c calc'!A1").replace("NOWHERE", "@SUM(1)")
    row = town("voters", lines.encode(), "voters.csv")
    client.sign_in(make.person(role="organizer"))
    with client.get(f"/imports/{row.id}/files/unmatched-voters.csv") as response:
        text = response.data.decode("utf-8-sig")
    assert "'=cmd" in text
    assert not any(cell.startswith(("=", "@")) for line in text.splitlines() for cell in line.split(","))


def test_script_in_a_file_is_shown_as_text(town, client, make):
    evil = "<script>alert(1)</script>"
    client.sign_in(make.person(role="organizer"))
    frame = samples.squares()
    frame["NAME"] = [evil, "b", "c", "d"]
    town("districts", samples.geojson(frame), "x.geojson", district_kind="county")
    district = db.session.scalars(select(District).where(District.name == evil)).one()
    for path in ("/districts?kind=county", f"/districts/{district.id}"):
        assert evil not in client.get(path).text
    header = ["Number", "Street", "Latitude", evil]
    content = samples.csv_bytes(header, [[1, f"{evil} Road", 44.21, -72.59]] * 3)
    sent = send(client, "doors", content, f"{evil}.csv")
    assert evil not in client.get(sent.location).text
    assert evil not in client.get("/imports").text


def test_a_file_name_that_points_elsewhere_points_nowhere(app, make, client):
    client.sign_in(make.person(role="organizer"))
    send(client, "doors", samples.doors_csv(), "../../../etc/passwd")
    row = db.session.scalars(select(Import)).one()
    assert row.file_name == "passwd"
    assert len(row.stored_name) == 32
    client.get(f"/imports/{row.id}/files/..%2F{row.stored_name}", status=404)


def test_a_file_larger_than_allowed_is_refused_and_not_kept(app, make, client, config):
    from dataclasses import replace

    app.extensions["vh_config"] = replace(config, upload_limit_bytes=314_573)
    client.sign_in(make.person(role="organizer"))
    page = send(client, "doors", b"x" * 400_000, status=200)
    assert "larger than 0.3 MB" in page.text
    assert list(config.uploads_dir.iterdir()) == []


@pytest.mark.parametrize("state", ["queued", "running"])
def test_an_import_that_was_forgotten_or_died_is_found_and_done_once(
    town, make, run_jobs, monkeypatch, state
):
    from datetime import timedelta

    from volunteer_hub.core import clock
    from volunteer_hub.core.db import transaction
    from volunteer_hub.districts import jobs

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "perform", lambda *_: "killed")
        with pytest.raises(Refusal):
            town("doors", samples.doors_csv())
    import_id = db.session.scalars(select(Import.id).order_by(Import.id.desc())).first()
    with transaction():
        row = db.session.get(Import, import_id)
        row.state, row.heard_at = state, clock.now() - timedelta(hours=1)
    jobs.sweep_imports()
    run_jobs()
    assert db.session.get(Import, import_id, populate_existing=True).state == "done"
    assert db.session.scalar(select(func.count()).select_from(Door)) == 20
    assert jobs.perform(import_id) == "not due", "what is done is not done again"


def test_voters_names_are_never_in_the_report(town):
    town("doors", samples.doors_csv())
    row = town("voters", samples.voters_csv(), "voters.csv")
    assert not any(name in str(row.report) for name in ("SMITH", "JONES", "NOWHERE RD 05641"))
    assert db.session.scalar(select(func.count()).select_from(Voter)) == 3
    assert db.session.scalar(select(func.count()).select_from(Precinct)) == 4
