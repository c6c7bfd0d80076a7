"""The end of a run in some lines: rows, the slowest nodes, where mart and report are, and what to type next."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_KINDS = {"MartDataset": "Mart", "ReportDataset": "Report"}
_SLOWEST = 3


def counted(node: str, rows: int | None, seconds: float) -> str:
    """Return the line of a node.

    >>> counted("fact_flight", 336776, 1.234)
    'fact_flight                                      336,776 rows     1.2 s'
    """
    told = "" if rows is None else _number(rows, "row")
    return f"{node:<40} {told:>20} {seconds:>7.1f} s"


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def summary(steps: Sequence[dict[str, Any]], seconds: float, pipeline: Any, catalog: Any) -> Iterator[str]:
    """Yield the lines of a summary.

    Args:
        steps: for each node that is done, its name, rows and seconds.
        seconds: how long the run took.
        pipeline: what ran.
        catalog: where it saved.
    """
    rows = [step["rows"] for step in steps if step["rows"] is not None]
    told = f", {_number(sum(rows), 'row')}" if rows else ""
    yield f"Done:    {_number(len(steps), 'node')} in {seconds:.1f} s{told}"
    slowest = sorted(steps, key=lambda step: -step["seconds"])[:_SLOWEST]
    if len(steps) > _SLOWEST:
        yield "Slowest: " + ", ".join(f"{step['node']} {step['seconds']:.1f} s" for step in slowest)
    made = dict(_made(pipeline, catalog))
    yield from (f"{name + ':':<8} {path}" for path, name in made.items())
    yield f"Next:    kedro faucet resources{', kedro viz run' if find_spec('kedro_viz') else ''}"


def _made(pipeline: Any, catalog: Any) -> Iterator[tuple[str, str]]:
    """Yield where marts and reports are that were saved, as seen from here."""
    for name in sorted(pipeline.all_outputs()):
        dataset = catalog.get(name)
        if kind := _KINDS.get(type(dataset).__name__):
            path = str(dataset._describe()["filepath"])
            yield (path if "://" in path else _short(path)), kind


def _short(path: str) -> str:
    inside = Path(path).is_relative_to(Path.cwd())
    return os.path.relpath(path) if inside else path
