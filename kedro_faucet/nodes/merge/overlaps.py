"""Versions that overlap: what tells since when a row holds must tell which one of a key held at any time."""

from __future__ import annotations

from collections.abc import Sequence

from kedro_faucet.engines import Engine, Table, quote
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.merge.keys import listing, shown
from kedro_faucet.nodes.star.keys import EXAMPLES


def refuse_overlaps(
    engine: Engine, versions: Table, columns: Sequence[str], *, ends: bool, where: str, names: Sequence[str]
) -> None:
    """Refuse versions that do not tell which of a key held at a time.

    Args:
        engine: their engine.
        versions: the rows; none that ends when it begins.
        columns: their key, when they begin and, if they end before the next one does, when they end.
        ends: whether they do.
        where: what the table is, for the message.
        names: what a user calls these columns.

    Raises:
        DataError: with examples.
    """
    key, begins, until = columns[: -2 if ends else -1], quote(columns[-2 if ends else -1]), quote(columns[-1])
    following = f"lead({begins}) over (partition by {listing(key)} order by {begins}) as kf_next"
    rows = f"select {listing(columns)}, {following} from versions"
    query = f"select {listing(columns)} from ({rows}) v where {overlapping(begins, until if ends else None, 'kf_next')}"
    if said := examples(engine, query, versions):
        raise DataError(
            f"{where} does not tell which row held at a time. {', '.join(names)}: {said}. Rows of a key begin at "
            "different times, and end before the next one begins: correct them, or keep one of each (Dedupe)."
        )


def overlapping(begins: str, ends: str | None, following: str) -> str:
    """Return the condition of a version that does not tell when it held.

    >>> overlapping("a", None, "b")
    'a is null or b = a'

    Args:
        begins: SQL of when it begins.
        ends: SQL of when it ends, NULL where it has not; None where it does when the next one begins.
        following: SQL of when the next one of its key begins.
    """
    wrong = [f"{begins} is null", f"{following} = {begins}"]
    if ends:
        wrong += [f"{ends} < {begins}", f"{following} < {ends}", f"({ends} is null and {following} is not null)"]
    return " or ".join(wrong)


def examples(engine: Engine, query: str, versions: Table) -> str:
    """Return the first rows of a query over ``versions``, as a message shows them."""
    found = engine.rows(engine.sql(f"select * from ({query}) q order by all limit {EXAMPLES}", versions=versions))
    return "; ".join(shown(["NULL" if value is None else value for value in row]) for row in found)
