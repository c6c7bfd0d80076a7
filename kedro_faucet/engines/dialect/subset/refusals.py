"""The error for a form outside the subset: what it is, where it stands, and what to write instead."""

from __future__ import annotations

from typing import Any, NoReturn

from kedro_faucet.exceptions import SqlError

NEXT = "or say portable=False: the text then runs as it is, on the engine it is written for."


def refuse(node: Any, what: str, instead: str = "") -> NoReturn:
    """Raise the error for a form outside the subset."""
    use = f"Use {instead}" if instead else "Write it otherwise"
    raise SqlError(f"{outside(node, what)} {use}, {NEXT}")


def outside(node: Any, what: str) -> str:
    """Say that a form is outside the subset, and where it stands."""
    place = next((child.meta for child in node.walk() if "line" in child.meta), None)
    where = f" (line {place['line']}, column {place['col'] - (place['end'] - place['start'])})" if place else ""
    return f"{what}{where} is outside the SQL that both engines understand alike."
