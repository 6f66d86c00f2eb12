"""The back-test of a file: a page that stands alone, a table, and refusals in a sentence."""

from __future__ import annotations

import csv
import json
import re

import geopandas as gpd
import pytest
from shapely.geometry import box

from geodata.commands import main

MARGINS = {
    "2004": (0.02, -0.01, 0.15, -0.12),
    "2008": (0.01, 0.03, 0.2, -0.1),
    "2012": (-0.02, 0.02, 0.1, -0.2),
}


@pytest.fixture
def results(tmp_path):
    rows = ["election,district,seat,party,votes"]
    for election, margins in MARGINS.items():
        for seat, margin in enumerate(margins):
            for part, size in ((1, 10_000), (2, 20_000)):
                ours = round(size * (1 + margin) / 2)
                rows.append(f"{election},{seat}-{part},s{seat},blue,{ours}")
                rows.append(f"{election},{seat}-{part},s{seat},red,{size - ours}")
    path = tmp_path / "results.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture
def boundaries(tmp_path):
    codes = [f"{seat}-{part}" for seat in range(4) for part in (1, 2)]
    shapes = [box(-97 + k, 30, -96 + k, 31) for k in range(8)]
    path = tmp_path / "districts.geojson"
    gpd.GeoDataFrame({"code": codes}, geometry=shapes, crs=4326).to_file(path)
    return path


def run(results, *more: str, rule="seats", hours="200") -> int:
    folder = results.parent
    arguments = [
        "backtest", str(results), "--rule", rule, "--ours", "blue", "--hours", hours, "--draws", "300",
        "--out", str(folder / "report.html"), "--table", str(folder / "table.csv"),
        "--json", str(folder / "summary.json"), *more,
    ]  # fmt: skip
    try:
        main(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def table(results):
    with results.with_name("table.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_election_with_one_before_it_is_planned(results, capsys):
    assert run(results) == 0
    rows = table(results)
    assert list(dict.fromkeys(row["election"] for row in rows)) == ["2008", "2012", "all"]
    for row in rows:
        assert float(row["times_low"]) <= float(row["times_high"])
    summary = json.loads(results.with_name("summary.json").read_text())
    assert (summary["elections"], summary["districts"]) == (2, 8)
    assert "the plan “nearest district” is left out" in capsys.readouterr().err


def test_the_page_stands_alone_and_tells_both_sides(results, boundaries):
    assert run(results, "--boundaries", str(boundaries), "--id", "code") == 0
    page = results.with_name("report.html").read_text()
    sources = re.findall(r'(?:src|href)="([^"]{0,40})', page)
    assert sources
    assert all(source.startswith("data:image/") for source in sources)
    assert "url(" not in page
    assert "<script" not in page
    for words in (
        "What it shows",
        "What it does not show",
        "Nearest district",
        "What was known",
        "votes per contact",
    ):
        assert words in page
    assert page.count("<figure>") == 1 + 2 * 4  # over all elections; a chart and three maps for each


def test_names_from_the_file_are_text_on_the_page(results):
    results.write_text(results.read_text().replace("2012", "2012 <b>x</b>"))
    assert run(results) == 0
    assert "<h2>2012 &lt;b&gt;x&lt;/b&gt;</h2>" in results.with_name("report.html").read_text()


@pytest.mark.parametrize("rule", ["plurality", "seats", "delegates"])
def test_every_rule_that_has_a_result_is_tested(results, rule):
    assert run(results, "--plan-for", "2012", "--apportion", "24", rule=rule) == 0
    assert {row["election"] for row in table(results)} == {"2012"}


def test_the_first_election_is_planned_as_even_when_asked(results):
    assert run(results, "--plan-for", "2004", "--even", "100000", "--apportion", "24", rule="delegates") == 0
    assert {row["plan"] for row in table(results)} >= {"ours", "equal", "population"}
    assert "every one taken as even" in results.with_name("report.html").read_text()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--plan-for", "2020"], "--plan-for '2020' occurs nowhere; there are 2004, 2008, 2012"),
        (["--plan-for", "2004"], "no election comes before '2004', so nothing was known"),
        (["--boundaries", "none.shp", "--id", "x"], "there is no such file"),
        (["--out", "/nowhere/report.html"], "the file cannot be written"),
        (["--ours", "grey"], "--ours 'grey' occurs nowhere"),
    ],
)
def test_what_cannot_be_tested_is_refused(results, capsys, more, words):
    assert run(results, *more) == 2
    assert words in capsys.readouterr().err


def test_boundaries_need_a_column_that_fits(results, boundaries, capsys):
    assert run(results, "--boundaries", str(boundaries)) == 2
    assert "--id COLUMN must say" in capsys.readouterr().err
    assert run(results, "--boundaries", str(boundaries), "--id", "name") == 2
    assert "there is no such column; the file has code" in capsys.readouterr().err
    results.write_text(re.sub(r",(\d)-", r",x\1-", results.read_text()))
    assert run(results, "--boundaries", str(boundaries), "--id", "code") == 2
    assert "no code there is a district of the results" in capsys.readouterr().err
