"""The page on databases is one story that runs, on a real server."""

from __future__ import annotations

from pathlib import Path

import pytest
from pages import DOCS, run_page
from projects import make_project
from servers.postgres import Postgres


@pytest.mark.servers
@pytest.mark.slow
def test_every_snippet_of_the_page_is_true(postgres: Postgres, tmp_path: Path) -> None:
    """Read from top to bottom, every file is understood and every command writes what the page says."""
    root = make_project(tmp_path)
    said = {"HOST": postgres.host, "PORT": postgres.port, "USER": postgres.username, "PASSWORD": postgres.password}
    (root / ".env").write_text("".join(f'DB_{name}="{value}"\n' for name, value in said.items()))
    run_page(DOCS / "how-to" / "databases.md", root)
    assert postgres.sql("select order_id, amount from orders order by 1") == [(1, 10.5), (2, 7.25)]
    left = [each for each in root.rglob("*") if each.is_file() and each.name != ".env"]
    assert not any(postgres.password.encode() in each.read_bytes() for each in left)
