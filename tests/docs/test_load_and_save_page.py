"""The page on loading and saving is one story that runs."""

from __future__ import annotations

from pathlib import Path

from pages import DOCS, run_page
from projects import make_project


def test_every_snippet_of_the_page_is_true(tmp_path: Path) -> None:
    """Read from top to bottom, every file is understood and every command writes what the page says."""
    run_page(DOCS / "how-to" / "load-and-save.md", make_project(tmp_path))
