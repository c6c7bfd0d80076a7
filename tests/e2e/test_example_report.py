"""The example's report: made by every run, true to the raw files, and complete in one file."""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb
import pytest

HEADINGS = [
    "In short", "Through the year", "By airport", "By carrier", "By hour and weekday", "Where to",
    "What the weather does", "The next four weeks",
]  # fmt: skip


@pytest.fixture(scope="module")
def report(project: Path) -> str:
    """The report of a run."""
    return (project / "data/report/punctuality.html").read_text()


def test_the_report_is_one_complete_file(report: str) -> None:
    """It has its contents, five pictures and three tables, no code, no script and no other file."""
    assert re.findall(r'<a class="h2" href="#[\w-]+">(.*?)</a>', report) == HEADINGS
    assert report.count('src="data:image/svg+xml;base64,') == report.count("<img") == 5
    assert report.count("<table") == 3
    assert not [
        mark for mark in ("<script", "<summary", 'class="error"', "nan") if mark in re.sub('src="[^"]*"', "", report)
    ]


def test_its_figures_are_those_of_the_raw_files(report: str, truth: duckdb.DuckDBPyConnection) -> None:
    """What it says of the year is what plain SQL finds in the CSV files."""
    figures = truth.execute("""
        select
            count(*), avg(if(dep_delay is null, 1, 0)), avg(if(dep_delay >= 15, 1, 0)) filter (dep_delay is not null),
            avg(dep_delay), quantile_cont(dep_delay, 0.95)
        from flights""").fetchone()
    assert figures is not None
    count, cancelled, late, mean, slowest = figures
    said = [f"{count:,}", f"{cancelled:.1%}", f"{late:.0%}", f"{mean:.1f}", f"{slowest:.0f}"]
    assert [each for each in said if f"<strong>{each}</strong>" not in report] == []


def test_its_tables_are_those_of_the_raw_files(report: str, truth: duckdb.DuckDBPyConnection) -> None:
    """Each airport's departures, and the destination that is reached latest, are those of the CSV files."""
    for origin, count in truth.execute("select origin, count(*) from flights group by all").fetchall():
        assert re.search(rf"<th>{origin}</th>\s*<td>{count:,}</td>", report)
    latest = truth.execute("""
        select name, count(*), avg(arr_delay) from flights join airports on faa = dest
        group by name having count(*) >= 1000 order by 3 desc limit 1""").fetchone()
    assert latest is not None
    name, count, minutes = latest
    assert re.search(rf"<th>{name}</th>\s*<td>{count:,}</td>\s*<td>{minutes:.1f}</td>", report)


def test_the_notebook_is_shared_without_outputs(template: Path) -> None:
    """In a new project the notebook holds no output and no count of runs."""
    notebook = json.loads((template / "src/flights/notebooks/report.ipynb").read_text())
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells)
