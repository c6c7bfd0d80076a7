"""What has changed of a node, in words."""

from __future__ import annotations

from collections.abc import Mapping

from kedro_faucet.ledger.meaning import UNKNOWN, Meaning
from kedro_faucet.ledger.meaning.statement import changed_line

_INPUTS = {"inputs": "its inputs or outputs", "values": "a value that it holds", "arguments": "an argument of it"}


def changed_part(before: Mapping[str, str], now: Meaning, lines: Mapping[str, str]) -> str | None:
    """Return what of a meaning has changed, or nothing.

    >>> changed_part({"shop.nodes:clean": "a"}, Meaning({"shop.nodes:clean": "b"}), {})
    'shop.nodes:clean changed'
    >>> changed_part({"pandas": "2.2.2", "x": "1"}, Meaning({"pandas": "2.2.3", "x": "2"}), {})
    'pandas 2.2.2 became 2.2.3, and 1 more'

    Args:
        before: the parts in an earlier run.
        now: the meaning.
        lines: what was kept of the SQL files of that run.
    """
    for part, value in now.parts.items():
        if value == UNKNOWN:
            return f"there is no telling whether {_INPUTS.get(part, part)} changed"
    found = [part for part in [*now.parts, *before] if now.parts.get(part) != before.get(part)]
    found = list(dict.fromkeys(found))
    if not found:
        return None
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return f"{_said(found[0], before, now, lines)}{more}"


def _said(part: str, before: Mapping[str, str], now: Meaning, lines: Mapping[str, str]) -> str:
    if part in now.texts and part in lines:
        return f"{part} line {changed_line(now.texts[part], lines[part])}"
    if part not in now.parts:
        return f"{part} is gone"
    if part not in before:
        return f"{part} is new"
    if "." in now.parts[part]:  # a version
        return f"{part} {before[part]} became {now.parts[part]}"
    return f"{_INPUTS.get(part, part)} changed"
