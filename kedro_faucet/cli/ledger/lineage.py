"""``kedro faucet lineage``: where a column comes from, and where it goes."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click
from kedro.framework.cli.utils import env_option, split_string
from kedro.framework.startup import ProjectMetadata

from kedro_faucet.cli.catalog import open_context, open_pipeline
from kedro_faucet.cli.output import json_option, show
from kedro_faucet.ledger.lineage.graph import USE, VALUE, Lineage
from kedro_faucet.ledger.lineage.target import find
from kedro_faucet.ledger.lineage.walk import DOWN, UP, Step, walk
from kedro_faucet.nodes.lineage import ALL, Place

if TYPE_CHECKING:
    from rich.tree import Tree

_WIDTH, _FEW = 80, 3
_COLUMNS = dict.fromkeys(("direction", "depth", "column", "how", "of", "node"), "text") | {"depth": "number"}


@click.command()
@click.argument("column")
@click.option("--up", is_flag=True, help="Only where it comes from.")
@click.option("--down", is_flag=True, help="Only where it goes.")
@click.option("--depth", type=click.IntRange(min=1), help="How many steps to go; default: all.")
@click.option("--pipelines", "names", default="", callback=split_string, help="The pipelines; default: all nodes.")
@json_option
@env_option
@click.pass_obj
def lineage(
    metadata: ProjectMetadata,
    column: str,
    up: bool,
    down: bool,
    depth: int | None,
    names: list[str],
    as_json: bool,
    env: str | None,
) -> None:
    """Say where a COLUMN comes from and where it goes; of a resource alone, where each column comes from.

    \b
    kedro faucet lineage lake/flights.dep_delay
    kedro faucet lineage mart.fact_flight.dep_delay --up
    kedro faucet lineage star/fact_flight --json
    """
    context = open_context(metadata, env)
    graph = Lineage(open_pipeline(names), context.catalog)
    start = find(graph, column)
    directions = [UP] * (up or not down) + [DOWN] * (down or not up)
    steps = [step for direction in directions for step in walk(graph, start, direction, depth)]
    if not as_json and sys.stdout.isatty():
        return _trees(start, directions, steps)
    return show([_row(step) for step in steps], _COLUMNS, as_json=as_json, nothing=_nothing(start))


def _row(step: Step) -> dict[str, Any]:
    return {
        "direction": step.direction,
        "depth": step.depth,
        "column": _said(step.place),
        "how": step.edge.kind,
        "of": _said(step.edge.to if step.direction == UP else step.edge.source),
        "node": step.edge.node,
        "why": step.why or None,
    }


def _said(place: Place) -> str:
    return f"{place.dataset}.{place.column}"


def _nothing(start: Place) -> str:
    return f"No node makes {start.dataset} of a column, and none reads it."


def _trees(start: Place, directions: Sequence[str], steps: Sequence[Step]) -> None:
    """Write a tree for each direction."""
    from rich.console import Console

    console = Console(width=_WIDTH, highlight=False)
    for direction in directions:
        found = [step for step in steps if step.direction == direction]
        console.print(_tree(start, direction, found))


def _tree(start: Place, direction: str, steps: Sequence[Step]) -> Tree:
    from rich.text import Text
    from rich.tree import Tree

    heading = ("comes from" if direction == UP else "goes to") if steps else _none(direction)
    tree = Tree(Text.assemble((_name(start), "bold"), f" {heading}"))
    branches = [tree]
    for depth, text, style in _lines(start, steps):
        del branches[depth:]
        branches.append(branches[-1].add(Text(text, style)))
    return tree


def _none(direction: str) -> str:
    return "comes from no column of a node's inputs" if direction == UP else "is read by no node"


def _lines(start: Place, steps: Iterable[Step]) -> Iterator[tuple[int, str, str]]:
    """Yield depth, text and style of each line; what chooses rows, or orders them, is one line a node."""
    is_whole = start.column == ALL
    for (depth, kind, node, to), group in groupby(steps, lambda step: _line(step, is_whole)):
        found = list(group)
        if kind == VALUE and not to:
            yield from ((depth, f"{_name(step.place)} ({_about(step)})", "") for step in found)
        elif kind == VALUE:
            yield depth, f"{to}: {', '.join(_name(step.place) for step in found)} ({_about(found[0])})", ""
        else:
            names = [_name(step.place) for step in found]
            more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
            how = f"{f'{to}: ' if to else ''}{'ordered or parted' if kind == USE else 'rows chosen'}"
            by = "by" if found[0].direction == UP else "by it in"
            yield depth, f"{how} {by} {', '.join(names[:_FEW])}{more} ({node})", "dim"


def _line(step: Step, is_whole: bool) -> tuple[int, str, str, str]:
    """Return what steps of one line have in common; the last is the column that they are of, if there are several."""
    column = step.edge.to.column if is_whole and step.direction == UP and step.edge.to.column != ALL else ""
    return step.depth, step.edge.kind, step.edge.node, column


def _name(place: Place) -> str:
    return place.dataset if place.column == ALL else _said(place)


def _about(step: Step) -> str:
    why = f"; {step.why}" if step.why else ""
    return f"{step.edge.node}{why}{'; see above' if step.is_again else ''}"
