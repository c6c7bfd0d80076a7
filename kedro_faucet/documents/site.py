"""A page that leads to every report in a folder."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape, unescape
from pathlib import Path
from urllib.parse import quote

from kedro_faucet.documents.html import document
from kedro_faucet.engines.locks import exclusive
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.storage.atomic import write_atomic

_logger = logging.getLogger(__name__)
_OURS = '<meta name="generator" content="kedro-faucet">'
HEAD = 4096  # the title of a report stands in its first lines


def write_index(folder: Path) -> None:
    """Write ``index.html`` into a folder; where that cannot be, tell so: the reports are saved none the less.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> write_index(folder)
    >>> "No reports yet." in (folder / "index.html").read_text()
    True
    """
    page = folder / "index.html"
    try:
        # Who writes last has seen every report that was there before.
        with exclusive(str(folder / ".faucet" / "index.html.lock")):
            if page.exists() and _OURS not in _head(page):
                raise ResourceError("it is a page of another's; move it away")
            write_atomic(page, index(folder).encode())
    except (OSError, ResourceError) as error:
        _logger.warning("The reports are saved, but %s is not written: %s.", page, str(error).rstrip("."))


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
        head = "" if path.name == "index.html" else _head(path)
        if _OURS in head:
            text = re.search("<title>([^<]*)</title>", head)
            yield _time(path, head), unescape(text[1]) if text else path.stem, path.name


def _head(path: Path) -> str:
    """Return the first lines of a page; nothing of what is no file, or cannot be read."""
    try:
        if path.is_file():
            with path.open(encoding="utf-8", errors="replace") as file:
                return file.read(HEAD)
    except OSError:
        pass
    return ""


def _time(path: Path, head: str) -> datetime:
    """Return when a report's notebook was run; else when the file was written."""
    found = re.search('<meta name="date" content="([^"]*)">', head)
    try:
        time = datetime.fromisoformat(found[1]) if found else datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (ValueError, OSError):
        time = datetime.fromtimestamp(0, UTC)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _shown(time: datetime) -> str:
    return f"{time.day} {time:%B %Y, %H:%M %Z}"
