"""The pages of docs/how-to are one story each: their files make a project, their commands run in it."""

from __future__ import annotations

import pytest
from pages import DOCS, run_page
from projects import make_project


@pytest.mark.parametrize(
    "page",
    [
        "compare.md",
        "defer.md",
        "file-databases.md",
        "hygiene.md",
        "increments.md",
        "lineage.md",
        "logging.md",
        "merge.md",
        "notebooks.md",
        "openlineage.md",
        "profiles.md",
        "providers.md",
        "runs.md",
        "scaffold.md",
        "sqlalchemy.md",
    ],
)
def test_every_snippet_of_a_page_is_true(page, tmp_path):
    """Read from top to bottom, every file is understood and every command writes what the page says."""
    run_page(DOCS / "how-to" / page, make_project(tmp_path))
