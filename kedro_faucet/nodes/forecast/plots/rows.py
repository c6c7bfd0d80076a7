"""What the plots of series read: the few series that are shown, and of these the columns of one model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kedro_faucet.engines import Table, engine_of, literal, quote
from kedro_faucet.exceptions import DataError, did_you_mean
from kedro_faucet.nodes.forecast.evaluation.metrics import finite, levels_of, models_of
from kedro_faucet.nodes.star.keys import check_columns

PANELS = 6
"""How many series a plot shows if none are named."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Shown:
    """The columns of one model: its forecast, the bounds of each level, and what tells its name if that differs."""

    model: str
    bounds: Mapping[str, tuple[str, str]]
    told: tuple[str, ...] = ()

    @property
    def columns(self) -> list[str]:
        """All of them."""
        return [self.model, *(column for pair in self.bounds.values() for column in pair)]

    def label(self, rows: Sequence[Row]) -> str:
        """Return the name of the model that made a series' forecasts."""
        return str(rows[-1][self.told[0]]) if self.told and rows else self.model


def shown(types: Mapping[str, str], model: str | None, others: Sequence[str], where: str) -> Shown:
    """Return the columns of a model, of the first one if none is named.

    Raises:
        DataError: if there is no such model.
    """
    models = models_of(types, others)
    if not models:
        raise DataError(f"{where} has no column of a model; it has {', '.join(types)}.")
    model = models[0] if model is None else model
    check_columns([model], models, where)
    selected = model == "forecast" and types.get("model") == "VARCHAR"
    start, levels = ("", levels_of(types, None)) if selected else (f"{model}-", levels_of(types, model))
    bounds = {level: (f"{start}lo-{level}", f"{start}hi-{level}") for level in levels}
    return Shown(model, bounds, ("model",) if selected else ())


def chosen(table: Table, series: Any, id_col: str, size: str) -> tuple[list[Any], str]:
    """Return the series to show, and a note on which these are.

    Raises:
        DataError: if a series that is named is not there, or there is none.
    """
    engine, name = engine_of(table), quote(id_col)
    if series is None:
        text = f"""
with sizes as (select {name}, sum(abs({finite(size)})) as size from given group by {name})
select {name}, count(*) over () as series from sizes order by size desc, {name} limit {PANELS}"""
        rows = engine.rows(engine.sql(text, given=table))
        if not rows:
            raise DataError("There is no series to show: the table has no rows.")
        total = rows[0][1]
        note = f"The largest {PANELS} of {total:,} series" if total > PANELS else f"All {total} series"
        return [found for found, _ in rows], note
    named = list(series) if isinstance(series, Iterable) and not isinstance(series, str) else [series]
    there = [found for (found,) in engine.rows(engine.sql(f"select distinct {name} from given", given=table))]
    for one in named:
        if one not in there:
            raise DataError(f"There is no series {one!r} in '{id_col}'.{did_you_mean(str(one), map(str, there))}")
    return named, f"{len(named)} of {len(there):,} series"


def rows_of(
    table: Table,
    names: Sequence[Any],
    id_col: str,
    order: Sequence[str],
    numbers: Sequence[str],
    last: int | None = None,
) -> dict[Any, list[Row]]:
    """Return the rows of each series in their order; what is no finite number is None."""
    engine = engine_of(table)
    columns = [quote(column) for column in (id_col, *order)] + [f"{finite(n)} as {quote(n)}" for n in numbers]
    listed, by = ", ".join(map(literal, names)), ", ".join(map(quote, order))
    newest = (
        f"qualify row_number() over (partition by {quote(id_col)} order by {by} desc) <= {int(last)}" if last else ""
    )
    # A series that could not be forecast has a row that tells why, of no time.
    there = f"{quote(order[0])} is not null and {quote(id_col)} in ({listed})"
    text = f"select {', '.join(columns)} from given where {there} {newest} order by {by}"
    found: dict[Any, list[Row]] = {name: [] for name in names}
    for row in engine.to_arrow(engine.sql(text, given=table)).to_pylist() if names else []:
        found[row[id_col]].append(row)
    return found
