"""How a comparison is written: as text, as Markdown for a pull request, or as JSON."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import click

from kedro_faucet.cli.output import show, text_of
from kedro_faucet.exceptions import listed, shortened

if TYPE_CHECKING:
    from kedro_faucet.nodes.compare import Differences

WIDEST = 30


@dataclass(frozen=True)
class Compared:
    """A comparison that was made.

    Args:
        resource: what was compared.
        names: what the two sides are called.
        found: what they differ in.
        because: why its rows are told apart by what they are.
    """

    resource: str
    names: tuple[str, str]
    found: Differences
    because: str

    @property
    def title(self) -> str:
        """Whether they differ, in a sentence."""
        left, right = self.names
        if not self.found.equal:
            return f"{self.resource}: {left} and {right} differ."
        return f"{self.resource}: {left} and {right} are equal, {self.found.rows[0]:,} rows."

    @property
    def how(self) -> str:
        """By what rows were told apart, and what could not be compared."""
        by = f"Rows are told apart by {listed(self.found.key)}, {self.because}." if self.found.key else self.because
        left = self.found.uncompared
        return f"{by} Not compared, as the types do not let it: {listed(left)}." if left else by

    def counts(self) -> Iterator[dict[str, Any]]:
        """Yield what is to be said of the tables: a row a fact."""
        found, there = self.found, self.found.columns
        yield self._row("rows", *found.rows)
        if any(found.only):
            yield self._row("rows only there", *found.only)
            for pair in zip_longest(*found.only_examples):
                yield self._row("  such as", *("" if each is None else _values(each) for each in pair))
        if found.changed:
            yield self._row("rows that differ", found.changed, found.changed)
        for name in [*there[0], *there[1]]:
            yield self._row(f"column {name}", there[0].get(name, "none"), there[1].get(name, "none"))
        for name, kinds in found.types.items():
            yield self._row(f"column {name}", *kinds)

    def _row(self, what: str, left: Any, right: Any) -> dict[str, Any]:
        values = (f"{each:,}" if isinstance(each, int) else each for each in (left, right))
        return {"": what, **dict(zip(self.names, values, strict=True))}

    def values(self) -> Iterator[dict[str, Any]]:
        """Yield the columns whose values differ, each with some of them."""
        for each in self.found.values:
            about = {"column": each.column, "rows": f"{each.rows:,}"}
            for key, *sides in each.examples:
                pair = (shortened(text_of(value), WIDEST) for value in sides)
                yield {**about, "such as": _values(key), **dict(zip(self.names, pair, strict=True))}
                about = {"column": "", "rows": ""}


def _values(row: Sequence[Any]) -> str:
    return shortened(", ".join(map(text_of, row)), WIDEST)


def write_text(each: Compared) -> None:
    """Write a comparison for readers: in a terminal tables that fit, in a pipe lines."""
    click.echo(each.title)
    click.echo(each.how)
    for rows in tables(each):
        show(rows, dict.fromkeys(rows[0], "text"), as_json=False, nothing="")


def tables(each: Compared) -> list[list[dict[str, Any]]]:
    """Return the tables that say what differs; none where nothing does."""
    both = [] if each.found.equal else [list(each.counts()), list(each.values())]
    return [rows for rows in both if rows]


def write_markdown(each: Compared) -> None:
    """Write a comparison for a pull request."""
    click.echo(f"### {_escaped(each.title)}\n\n{_escaped(each.how)}\n")
    for rows in tables(each):
        click.echo(markdown(rows) + "\n")


def markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    r"""Return rows as a table of Markdown; what is in them stays text.

    >>> print(markdown([{"": "rows", "acc": "1|2", "prod": "<b>"}]))
    |  | acc | prod |
    | --- | --- | --- |
    | rows | 1\|2 | &lt;b&gt; |
    """
    names = list(rows[0])
    cells = [names, ["---"] * len(names), *([_escaped(str(row[name])) for name in names] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def _escaped(text: str) -> str:
    escaped = html.escape(text, quote=False)
    for mark in "\\|*_`[]":
        escaped = escaped.replace(mark, f"\\{mark}")
    return escaped.strip().replace("\n", " ")


def as_json(each: Compared) -> dict[str, Any]:
    """Return all that is known, for other programs."""
    left, right = each.names
    return {"resource": each.resource, "left": left, "right": right, "equal": each.found.equal, **asdict(each.found)}
