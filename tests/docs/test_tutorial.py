"""The tutorial is one story: its files make the project, its commands run in it and write what it says."""

from __future__ import annotations

import pytest
from pages import DOCS, run_page


@pytest.mark.slow
def test_every_step_of_the_tutorial_works(tmp_path):
    """Read from top to bottom, every file is understood and every command writes what the tutorial says."""
    run_page(DOCS / "tutorial.md", tmp_path)
