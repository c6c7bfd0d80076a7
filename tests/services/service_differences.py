"""What a place does not do as the contract says: each the place, the test, and why."""

from __future__ import annotations

NEVER: dict[tuple[str, str], str] = {}
"""What will not be: the place has no way to it."""
NOT_YET: dict[tuple[str, str], str] = {
    ("postgres", "test_keys_are_told_apart_letter_by_letter"): "a collation that tells no letters apart is the key's",
}
"""What may come."""
