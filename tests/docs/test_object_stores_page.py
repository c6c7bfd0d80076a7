"""The page on object stores is one story: its files make a project, whose commands run against a real store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pages import DOCS, run_page
from projects import make_project, write_files


def test_every_snippet_of_the_page_is_true(s3: Any, tmp_path: Path) -> None:
    """What the page says of a project in a bucket is so."""
    root = make_project(tmp_path)
    s3.client().create_bucket(Bucket="company-lake")
    write_files(root, {".env": f"S3_ENDPOINT={s3.endpoint}\nLAKE_KEY={s3.key}\nLAKE_SECRET='{s3.secret}'\n"})
    run_page(DOCS / "how-to/object-stores.md", root)
