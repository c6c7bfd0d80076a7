"""What both engines make of random SQL, and where they differ; many expressions as columns of one statement."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from kedro_faucet.engines.base import Engine
from kedro_faucet.engines.dialect.compiler import parsed
from kedro_faucet.engines.scopes import Table
from kedro_faucet.exceptions import EngineError, FaucetError, SqlError

Result: TypeAlias = "Exception | tuple[dict[str, str], list[tuple[Any, ...]]]"
"""A refusal, or the columns' types and the rows."""

RAW = re.compile(
    r"\[[A-Z_.]{4,}\]|SQLSTATE|(Binder|Parser|Conversion|Catalog|Internal|INTERNAL) Error|py4j|org\.apache|kf_in__"
)
"""What an engine says in its own words."""


@dataclass
class Pair:
    """Both engines with the same tables.

    Args:
        engines: the embedded engine, then Spark.
        tables: makes an engine's tables.
    """

    engines: Sequence[Engine]
    tables: Callable[[Engine], dict[str, Table]]
    given: list[dict[str, Table]] = field(init=False)

    def __post_init__(self) -> None:
        """Give each engine its tables."""
        self.given = [self.tables(engine) for engine in self.engines]

    def result(self, place: int, text: str) -> Result:
        """Run a statement on one of the engines."""
        engine = self.engines[place]
        try:
            return read(engine, engine.sql(text, **self.given[place]))
        except OverflowError:  # a date that Python has not
            return EngineError("beyond the years 1 to 9999")
        except Exception as error:
            return error

    def results(self, text: str) -> tuple[Result, Result]:
        """Run a statement on both."""
        return self.result(0, text), self.result(1, text)

    def difference(self, text: str) -> tuple[str, Result, Result] | None:
        """Run a statement on both; return in what the results differ, and both; nothing where they are alike."""
        ours, theirs = self.results(text)
        kind = difference(ours, theirs, is_ordered(text))
        return (kind, ours, theirs) if kind else None


def read(engine: Engine, table: Table) -> tuple[dict[str, str], list[tuple[Any, ...]]]:
    """Return a table's types and rows."""
    return engine.schema(table), engine.rows(table)


def is_ordered(text: str) -> bool:
    """Tell whether a statement says the order of its rows."""
    try:
        return parsed(text).args.get("order") is not None
    except SqlError:
        return False


def difference(ours: Result, theirs: Result, ordered: bool = False) -> str:
    """Name what differs between two results; nothing where it is nothing."""
    if isinstance(ours, Exception) or isinstance(theirs, Exception):
        return _refusal(ours, theirs)
    if list(ours[0]) != list(theirs[0]):
        return "names"
    if ours[0] != theirs[0]:
        return "types"
    rows = [each[1] if ordered else sorted(each[1], key=_sorting) for each in (ours, theirs)]
    same = len(rows[0]) == len(rows[1]) and all(map(_same_row, *rows))
    return "" if same else "values"


def _refusal(ours: Result, theirs: Result) -> str:
    for each in (ours, theirs):
        if isinstance(each, Exception) and not isinstance(each, FaucetError):
            return "traceback"
        if isinstance(each, SqlError) and RAW.search(str(each)):
            return "raw"
    kinds = [type(each) if isinstance(each, Exception) else None for each in (ours, theirs)]
    if kinds[0] == kinds[1]:
        return ""
    if kinds[0] is None or kinds[1] is None:
        return f"stops on {'DuckDB' if kinds[1] is None else 'Spark'} alone ({gist(ours if kinds[0] else theirs)})"
    return "refusals"


def gist(error: Any) -> str:
    """Return an error's first words, by which it is known while a statement shrinks."""
    return " ".join(str(error).split()[:4])


def _same_row(ours: tuple[Any, ...], theirs: tuple[Any, ...]) -> bool:
    return all(map(alike, ours, theirs))


def alike(ours: Any, theirs: Any) -> bool:
    """Tell whether values are equal; floats, which are added in another order, to ten digits."""
    if isinstance(ours, float) and isinstance(theirs, float):
        same = math.isnan(ours) and math.isnan(theirs)
        return same or ours == theirs or math.isclose(ours, theirs, rel_tol=1e-10, abs_tol=1e-9)
    return type(ours) is type(theirs) and bool(ours == theirs)


def _sorting(row: tuple[Any, ...]) -> str:
    """Return what rows are put in order by: floats that are alike have one place, and zeros of both signs."""
    return repr([f"{value + 0.0:.8g}" if isinstance(value, float) else repr(value) for value in row])


def shown(result: Result) -> str:
    """Write a result, shortened."""
    text = f"{type(result).__name__}: {result}" if isinstance(result, Exception) else str(result)
    return text.split("\nin the SQL:")[0][:600]


ROWS = "select id, {} from t order by id"
GROUPS = "select g, {} from t group by g order by g"


@dataclass(frozen=True)
class Batch:
    """Expressions that are compared in one statement.

    Args:
        pair: both engines.
        template: the statement that they are columns of.
    """

    pair: Pair
    template: str

    def different(self, texts: Sequence[str]) -> Iterator[str]:
        """Yield the statements of those that differ."""
        alone = {text: self.pair.result(0, self._statement([text])) for text in texts}
        whole = [text for text, result in alone.items() if not isinstance(result, Exception)]
        theirs = dict(self._together(whole))
        for text, ours in alone.items():
            found = theirs.get(text) or self.pair.result(1, self._statement([text]))
            if difference(ours, found, ordered=True):
                yield self._statement([text])

    def _statement(self, texts: Sequence[str]) -> str:
        return self.template.format(", ".join(f"{text} as c{place}" for place, text in enumerate(texts)))

    def _together(self, texts: list[str]) -> Iterator[tuple[str, Result]]:
        """Yield Spark's result of each; half of them at a time where one stops."""
        result = self.pair.result(1, self._statement(texts)) if texts else ({}, [])
        if isinstance(result, Exception):
            if len(texts) == 1:
                yield texts[0], result
                return
            half = len(texts) // 2
            yield from self._together(texts[:half])
            yield from self._together(texts[half:])
            return
        names = list(result[0])
        for place, text in enumerate(texts, start=1):
            types = {names[0]: result[0][names[0]], "c0": result[0][names[place]]}
            yield text, (types, [(row[0], row[place]) for row in result[1]])
