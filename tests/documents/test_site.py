"""The page that leads to all reports of a folder."""

from __future__ import annotations

import re
from pathlib import Path

from executed import notebook, prose

from kedro_faucet.documents.html import render
from kedro_faucet.documents.site import index


def write(folder: Path, name: str, title: str, started: str | None = None) -> None:
    """Write a report."""
    metadata = {"faucet": {"started": started}} if started else {}
    (folder / name).write_text(render(notebook(prose(f"# {title}"), metadata=metadata)))


def test_the_reports_that_are_there_newest_first(tmp_path: Path) -> None:
    """Each report of the folder is a link with its title and the time of its run; other pages are not listed."""
    write(tmp_path, "a.html", "Late & \\<early>", "2026-03-01T06:05:00+00:00")
    write(tmp_path, "b c.html", "Routes", "2026-03-02T06:05:00")
    write(tmp_path, "d.html", "Undated")
    (tmp_path / "other.html").write_text("<title>Other</title>")
    (tmp_path / "index.html").write_text(index(tmp_path))
    rows = re.findall(r'<tr><td><a href="([^"]+)">(.*?)</a></td><td>(.*?)</td></tr>', index(tmp_path))
    assert sorted(rows[:1])[0][:2] == ("d.html", "Undated")
    assert rows[1:] == [
        ("b%20c.html", "Routes", "2 March 2026, 06:05 UTC"),
        ("a.html", "Late &amp; &lt;early&gt;", "1 March 2026, 06:05 UTC"),
    ]


def test_a_report_that_is_gone_is_not_listed(tmp_path: Path) -> None:
    """The page is made of what is there, and of nothing that it once said."""
    write(tmp_path, "a.html", "Late")
    (tmp_path / "index.html").write_text(index(tmp_path))
    (tmp_path / "a.html").unlink()
    assert "No reports yet." in index(tmp_path)
