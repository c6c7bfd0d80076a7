"""The report: one file, written whole."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from executed import PIXEL, code, notebook, prose, shown
from kedro.io import DataCatalog, DatasetError

from kedro_faucet import ReportDataset
from kedro_faucet.exceptions import ResourceError

YEAR = notebook(prose("# Year\n## Late <1 hour>\n## Early"), code("x = 1", shown({"image/png": PIXEL})))


def report(path: Path, name: str = "year.html", **options: Any) -> ReportDataset:
    """A report in a folder that is not there yet."""
    return ReportDataset(filepath=str(path / "reports" / name), **options)


def test_html(tmp_path: Path) -> None:
    """What is saved is loaded as the text of a page, and exists from then on."""
    dataset = report(tmp_path, code="hidden", title="Punctuality")
    assert not dataset.exists()
    dataset.save(YEAR)
    assert dataset.exists()
    assert "<title>Punctuality</title>" in dataset.load()
    assert "<summary>" not in dataset.load()
    assert [path.name for path in (tmp_path / "reports").iterdir()] == ["year.html"]


def test_markdown_with_its_pictures_alone(tmp_path: Path) -> None:
    """A file .md has its pictures in a folder beside it; those of an earlier report are gone."""
    dataset = report(tmp_path, "year.md")
    (tmp_path / "reports/year_files").mkdir(parents=True)
    (tmp_path / "reports/year_files/old.png").write_bytes(b"")
    dataset.save(YEAR)
    [picture] = (tmp_path / "reports/year_files").iterdir()
    assert f"![Figure](year_files/{picture.name})" in dataset.load()


def test_the_catalog_knows_it(tmp_path: Path) -> None:
    """An entry of the catalog makes it, and its path is the project's."""
    entry = {"type": "kedro_faucet.ReportDataset", "filepath": str(tmp_path / "x.html"), "site": True}
    catalog = DataCatalog.from_config({"report": entry})
    catalog.save("report", YEAR)
    assert "Year" in catalog.load("report")
    assert "Year" in (tmp_path / "index.html").read_text()


def test_a_site_lists_reports_that_are_saved_at_once(tmp_path: Path) -> None:
    """Of many reports saved by many threads at once, every one is in the index."""
    reports = [report(tmp_path, f"{number}.html", site=True) for number in range(12)]
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda each: each.save(YEAR), reports))
    text = (tmp_path / "reports/index.html").read_text()
    assert all(f'href="{number}.html"' in text for number in range(12))


def test_a_report_that_cannot_be_made_leaves_the_old_one(tmp_path: Path) -> None:
    """A notebook that cannot be rendered raises, and the report stays as it was, with nothing beside it."""
    dataset = report(tmp_path)
    dataset.save(YEAR)
    old = dataset.load()
    with pytest.raises(DatasetError):
        dataset.save(notebook({"cell_type": "code"}))
    assert dataset.load() == old
    assert len(list((tmp_path / "reports").iterdir())) == 1


@pytest.mark.parametrize("value", [{"cells": 1}, {}, "<p>x</p>", [1]])
def test_only_a_notebook_becomes_a_report(value: Any, tmp_path: Path) -> None:
    """Another value is refused with the way to make a report."""
    with pytest.raises((ResourceError, DatasetError), match=r"takes an executed notebook.*notebook_node"):
        report(tmp_path).save(value)


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("s3://bucket/x.html", {}, "a file on this machine"),
        ("x.pdf", {}, r"ends in \.html or \.md, not '\.pdf'"),
        ("x", {}, "ends in"),
        ("x.html", {"code": "hiden"}, "Did you mean 'hidden'"),
        ("index.html", {"site": True}, "otherwise than index.html"),
        ("x.md", {"site": True}, "A site is of HTML files"),
    ],
)
def test_what_is_refused(name: str, options: dict[str, Any], said: str) -> None:
    """What cannot be is refused when the catalog is read, with what can."""
    with pytest.raises(ResourceError, match=said):
        ReportDataset(filepath=name, **options)


def test_no_report_yet(tmp_path: Path) -> None:
    """Loading before the first save says so."""
    with pytest.raises((ResourceError, DatasetError), match="There is no report"):
        report(tmp_path).load()


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    """A file in the place of the folder is an error that names it."""
    (tmp_path / "reports").write_text("")
    with pytest.raises((ResourceError, DatasetError), match="cannot be reached"):
        report(tmp_path).save(YEAR)


@pytest.mark.parametrize("name", ["year.html", "year.md"])
def test_its_preview_is_its_contents(name: str, tmp_path: Path) -> None:
    """Kedro-Viz shows the headings."""
    dataset = report(tmp_path, name)
    dataset.save(YEAR)
    assert dataset.preview()["data"] == [["Year"], ["Late <1 hour>"], ["Early"]]
