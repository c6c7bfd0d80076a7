"""The page on upper bounds gives a reason for each that the package has."""

from __future__ import annotations

import re
import tomllib

from pages import DOCS

PAGE = (DOCS / "explanation" / "pins.md").read_text(encoding="utf-8")


def test_every_upper_bound_has_a_reason() -> None:
    """Each dependency with an upper bound, in the package or an extra, has a row on the page with that bound."""
    project = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = [
        *project["dependencies"],
        *(line for extra in project["optional-dependencies"].values() for line in extra),
    ]
    bounds = {f"{found[1]}<{found[2]}" for line in needed if (found := re.match(r"([\w-]+).*<([\d.]+)", line))}
    assert len(bounds) > 5
    assert {bound for bound in bounds if f"`{bound}`" not in PAGE} == set()
