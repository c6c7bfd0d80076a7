"""The report: one file, written whole."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from executed import PIXEL, code, notebook, prose, shown
from faults import Faults
from kedro.io import DataCatalog, DatasetError

from kedro_faucet import ReportDataset
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.storage import atomic

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


def test_markdown_has_its_pictures_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file .md has its pictures in a folder beside it; those of the page before stay while it may still be read."""
    dataset, folder = report(tmp_path, "year.md"), tmp_path / "reports/year_files"
    pages = [YEAR, notebook(code("1", shown({"image/svg+xml": "<svg/>"}))), notebook(prose("# None"))]
    for count, page in enumerate(pages[:2], 1):
        dataset.save(page)
        assert len(list(folder.iterdir())) == count
    [named] = [each.name for each in folder.iterdir() if f"![Figure](year_files/{each.name})" in dataset.load()]
    monkeypatch.setattr(atomic, "LINGER", -1.0)
    dataset.save(pages[1])
    assert [each.name for each in folder.iterdir()] == [named]
    dataset.save(pages[2])
    assert not list(folder.iterdir())


def test_markdown_leaves_what_is_not_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files, folders and links that others put among the pictures stay, also where one is named like a picture."""
    monkeypatch.setattr(atomic, "LINGER", -1.0)
    dataset, folder = report(tmp_path, "year.md"), tmp_path / "reports/year_files"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "outside.png").write_bytes(b"x")
    for name in ("notes.txt", "old.png", f"{'0' * 12}.png"):
        (folder / name).write_bytes(b"mine")
    digest = hashlib.sha256(b"x").hexdigest()[:12]
    (folder / f"{digest}.png").symlink_to(tmp_path / "outside.png")
    (folder / "broken.png").symlink_to("/nowhere")
    before = {each.name for each in folder.iterdir()}
    dataset.save(notebook(prose("# None")))
    assert {each.name for each in folder.iterdir()} == before
    assert (tmp_path / "outside.png").read_bytes() == b"x"


_WRITER = """
import sys
from kedro_faucet import ReportDataset
who, path, count = sys.argv[1:]
picture = {"output_type": "display_data", "data": {"image/svg+xml": f"<svg>{who}</svg>"}, "metadata": {}}
cell = {"cell_type": "code", "source": "1", "metadata": {}, "outputs": [picture]}
prose = {"cell_type": "markdown", "source": f"# Report\\n\\n" + f"word{who} " * 5000, "metadata": {}}
report = ReportDataset(filepath=path)
for _ in range(int(count)):
    report.save({"cells": [prose, cell]})
    print("saved", flush=True)
"""


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.parametrize("name", ["year.html", "year.md"])
def test_a_killed_save_leaves_a_whole_report(name: str, tmp_path: Path, faults: Faults) -> None:
    """After kill -9 at any moment of a save, the report is that of one save, with its picture; the next succeeds."""
    path, command = tmp_path / name, [sys.executable, "-c", _WRITER]
    for kill in faults.kills(f"report, {path.suffix}", 0.4):
        process = subprocess.Popen([*command, "1", str(path), "100000"], text=True, stdout=subprocess.PIPE)
        assert process.stdout
        assert process.stdout.readline() == "saved\n"
        kill(process)
        assert whole(path, path.read_text()) == "1"
        subprocess.run([*command, "2", str(path), "1"], check=True, stdout=subprocess.DEVNULL)
        assert whole(path, path.read_text()) == "2"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["year.html", "year.md"])
def test_four_writers_and_a_reader(name: str, tmp_path: Path) -> None:
    """Of four processes that save one report at once, two killed: every reader sees a whole page with its picture."""
    path, reads = tmp_path / name, 0
    command = [sys.executable, "-c", _WRITER]
    writers = [subprocess.Popen([*command, str(n), str(path), "25" if n < 2 else "100000"]) for n in range(4)]
    while any(each.poll() is None for each in writers[:2]):
        if path.exists():
            whole(path, path.read_text())
            reads += 1
    for each in writers[2:]:
        each.kill()
        each.wait()
    assert [each.returncode for each in writers[:2]] == [0, 0]
    assert reads > 10
    subprocess.run([*command, "4", str(path), "1"], check=True)
    assert whole(path, path.read_text()) == "4"


def whole(path: Path, text: str) -> str:
    """Return who has written a page, of which nothing may be another's."""
    [who] = set(re.findall(r"word(\d)", text))
    if path.suffix == ".md":
        [picture] = re.findall(r"\((year_files/\w+\.svg)\)", text)
        assert (path.parent / picture).read_text() == f"<svg>{who}</svg>"
    else:
        assert base64.b64encode(f"<svg>{who}</svg>".encode()).decode() in text
    return who


@pytest.mark.parametrize("name", ["year.html", "year.md"])
def test_who_may_read_a_report_stays_so(name: str, tmp_path: Path) -> None:
    """A report keeps its mode, its new pictures get it, and of a link what it points to is replaced."""
    dataset = report(tmp_path, name)
    dataset.save(notebook(prose("# None")))
    path = tmp_path / "reports" / name
    path.chmod(0o600)
    path.rename(tmp_path / "real")
    path.symlink_to(tmp_path / "real")
    dataset.save(YEAR)
    assert path.is_symlink()
    assert "Year" in (tmp_path / "real").read_text()
    written = [tmp_path / "real", *(tmp_path / "reports").glob("year_files/*")]
    assert {stat.S_IMODE(each.stat().st_mode) for each in written} == {0o600}


def test_a_foreign_page_in_the_folder_of_a_site(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Pages that cannot be read, folders, pipes, links and wrong dates do not stop a report or its index."""
    folder = tmp_path / "reports"
    (folder / "folder.html").mkdir(parents=True)
    (folder / "binary.html").write_bytes(bytes(range(256)))
    (folder / "broken.html").symlink_to("/nowhere")
    os.mkfifo(folder / "pipe.html")
    (folder / "dated.html").write_text('<meta name="generator" content="kedro-faucet"><meta name="date" content="x">')
    report(tmp_path, site=True).save(YEAR)
    assert re.findall('href="([^#"]*html)"', (folder / "index.html").read_text()) == ["year.html", "dated.html"]
    (folder / "index.html").write_text("mine")
    report(tmp_path, site=True).save(YEAR)
    assert (folder / "index.html").read_text() == "mine"
    assert "The reports are saved, but" in caplog.text
    (folder / "index.html").unlink()
    (folder / "index.html").mkdir()
    report(tmp_path, site=True).save(YEAR)
    assert len(caplog.records) == 2


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
