"""A page that leads to every report in a folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape, unescape
from pathlib import Path
from urllib.parse import quote

from kedro_faucet.documents.html import document

_OURS = '<meta name="generator" content="kedro-faucet">'
_HEAD = 4096  # the title of a report stands in its first lines


def index(folder: Path, title: str = "Reports") -> str:
    """Return a page with the reports that lie in a folder now, the newest first; other files are none.

    >>> import tempfile
    >>> "No reports yet." in index(Path(tempfile.mkdtemp()))
    True
    """
    found = sorted(_reports(folder), key=lambda report: report[0], reverse=True)
    rows = "\n".join(
        f'<tr><td><a href="{escape(quote(name))}">{escape(text)}</a></td><td>{_shown(time)}</td></tr>'
        for time, text, name in found
    )
    table = f'<table>\n<thead><tr><th scope="col">Report</th><th scope="col">Run</th></tr></thead>\n{rows}\n</table>'
    return document(title, f"<h1>{escape(title)}</h1>\n{table if rows else '<p>No reports yet.</p>'}")


def _reports(folder: Path) -> Iterator[tuple[datetime, str, str]]:
    """Yield the time, title and name of each report."""
    for path in folder.glob("*.html"):
        with path.open(encoding="utf-8", errors="replace") as file:
            head = file.read(_HEAD)
        if path.name != "index.html" and _OURS in head:
            text = re.search("<title>(.*?)</title>", head, re.DOTALL)
            yield _time(path, head), unescape(text[1]) if text else path.stem, path.name


def _time(path: Path, head: str) -> datetime:
    """Return when a report's notebook was run; else when the file was written."""
    if found := re.search('<meta name="date" content="([^"]*)">', head):
        time = datetime.fromisoformat(found[1])
        return time if time.tzinfo else time.replace(tzinfo=UTC)
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _shown(time: datetime) -> str:
    return f"{time.day} {time:%B %Y, %H:%M %Z}"
