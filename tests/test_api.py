"""The public API is the reviewed one."""

from __future__ import annotations

from difflib import unified_diff
from pathlib import Path

from public_api import public_api


def test_the_public_api_is_the_reviewed_one() -> None:
    """Names, signatures, errors, YAML keys and commands change only along with the list that is reviewed."""
    reviewed = Path(__file__).with_name("api.txt").read_text(encoding="utf-8")
    diff = unified_diff(reviewed.splitlines(), public_api().splitlines(), "tests/api.txt", "the code", lineterm="", n=1)
    changes = "\n".join(diff)
    hint = "If that is meant, run: python tests/public_api.py"
    assert not changes, f"The public API has changed:\n{changes}\n{hint}"
