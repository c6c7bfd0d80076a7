"""Metrics: how far forecasts were from what came, as one SQL text over a backtest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kedro_faucet.engines import literal, quote
from kedro_faucet.exceptions import DataError, did_you_mean
from kedro_faucet.nodes.star.keys import check_columns

BASELINE = "SeasonalNaive"
"""The model that the others are measured against."""

_BOUND = re.compile(r"(?:(?P<model>.+)-)?(?:lo|hi)-(?P<level>\d+(?:\.\d+)?)")
_NUMBERS = ("DOUBLE", "FLOAT", "DECIMAL", "BIGINT", "INTEGER", "SMALLINT", "TINYINT")

_TEXT = """
with forecasts as (
    select {part} as part, models.model, {unique_id} as series, cutoff as origin,
        {actual} as actual, {scale} as scale, {scale_squared} as scale_squared,
        {forecast} as forecast, {baseline} as baseline{bounds}
    from backtest cross join (values {models}) as models(model)
    where cutoff is not null
),
errors as (
    select part, model, series, origin,
        case when forecast = actual then 0
            else 200 * safe_divide(abs(forecast - actual), abs(forecast) + abs(actual)) end as smape,
        safe_divide(forecast - actual, scale) as error,
        safe_divide((forecast - actual) * (forecast - actual), scale_squared) as squared,
        safe_divide(baseline - actual, scale) as baseline_error{intervals}
    from forecasts
),
windows as (
    select part, model, series, origin, count(smape) as forecasts, sum(smape) as smape,
        avg(abs(error)) as mase, sqrt(avg(squared)) as rmsse, avg(error) as bias,
        avg(case when baseline_error is not null then abs(error) end) as compared,
        avg(case when error is not null then abs(baseline_error) end) as baseline{sums}
    from errors
    group by part, model, series, origin
),
board as (
    select part, model,
        round(safe_divide(sum(smape), sum(forecasts)), 9) as smape,
        round(avg(mase), 9) as mase, round(avg(rmsse), 9) as rmsse, round(avg(bias), 9) as bias{means},
        round(safe_divide(avg(compared), avg(baseline)), 9) as relative,
        count(distinct case when forecasts > 0 then series end) as series,
        cast(sum(forecasts) as bigint) as forecasts
    from windows
    group by part, model
)
select *, row_number() over (partition by part order by forecasts desc, mase, model) as place
from board"""

# What each level adds to the parts of the text.
_BOUNDS = """,
        {lo} as "lo_{level}", {hi} as "hi_{level}\""""
_INTERVALS = """,
        case when actual >= "lo_{level}" and actual <= "hi_{level}" then 100.0
            when actual < "lo_{level}" or actual > "hi_{level}" then 0.0 end as "coverage_{level}",
        safe_divide("hi_{level}" - "lo_{level}" + {penalty} * case when actual < "lo_{level}" then "lo_{level}" - actual
            when actual > "hi_{level}" then actual - "hi_{level}" when actual is not null then 0 end,
            scale) as "msis_{level}\""""
_SUMS = """,
        sum("coverage_{level}") as "coverage_{level}", count("coverage_{level}") as "covered_{level}",
        avg("msis_{level}") as "msis_{level}\""""
_MEANS = [
    """,
        round(safe_divide(sum("coverage_{level}"), sum("covered_{level}")), 9) as "coverage_{level}\"""",
    """,
        round(avg("msis_{level}"), 9) as "msis_{level}\"""",
]


@dataclass(frozen=True)
class Metrics:
    """The metrics of a backtest.

    >>> numbers = dict.fromkeys(["y", "scale", "scale_squared", "Theta", "Theta-lo-80", "Theta-hi-80"], "DOUBLE")
    >>> metrics = Metrics({"unique_id": "VARCHAR", "cutoff": "DATE", "ds": "DATE", "step": "INTEGER", **numbers})
    >>> metrics.models, metrics.levels
    (['Theta'], ['80'])

    Args:
        types: the types of the backtest's columns.
        unique_id: the column that names a series.
        ds: the column of the times.
        y: the column of what came.

    Raises:
        DataError: if a column is missing, or there is none of a model.
    """

    types: Mapping[str, str]
    unique_id: str = "unique_id"
    ds: str = "ds"
    y: str = "y"

    def __post_init__(self) -> None:
        """Check the columns."""
        needed = [self.unique_id, "cutoff", self.y, "scale", "scale_squared"]
        check_columns(needed, self.types, "The backtest")
        if not self.models:
            raise DataError(f"The backtest has no column of a model; it has {', '.join(self.types)}.")

    @property
    def models(self) -> list[str]:
        """The models, in the order of their columns."""
        return models_of(self.types, [self.unique_id, self.ds, self.y])

    @property
    def levels(self) -> list[str]:
        """The levels of all intervals, the narrowest first."""
        return sorted({level for model in self.models for level in levels_of(self.types, model)}, key=float)

    def sql(self, by: str | None = None) -> str:
        """Return the SQL of all metrics: a row for each model, and for each ``part`` of the backtest.

        ``place`` counts a part's models from the best, those with forecasts that others lack first.

        Raises:
            DataError: if the backtest cannot be parted so.
        """
        choices = [name for name in (self.unique_id, "step", "cutoff") if name in self.types]
        if by is not None and by not in choices:
            raise DataError(f"Metrics are by {', '.join(choices)} or None, not '{by}'.{did_you_mean(by, choices)}")
        return _TEXT.format(
            part="cast(null as integer)" if by is None else quote(by),
            unique_id=quote(self.unique_id),
            actual=finite(self.y),
            scale=finite("scale"),
            scale_squared=finite("scale_squared"),
            forecast=self._of_models(""),
            baseline=finite(BASELINE) if BASELINE in self.models else "cast(null as double)",
            models=", ".join(f"({literal(model)})" for model in self.models),
            bounds=self._of_levels(_BOUNDS),
            intervals=self._of_levels(_INTERVALS),
            sums=self._of_levels(_SUMS),
            means="".join(map(self._of_levels, _MEANS)),
        )

    def _of_levels(self, part: str) -> str:
        return "".join(
            part.format(
                level=level,
                lo=self._of_models(f"-lo-{level}"),
                hi=self._of_models(f"-hi-{level}"),
                penalty=200 / (100 - float(level)),
            )
            for level in self.levels
        )

    def _of_models(self, suffix: str) -> str:
        """Return the SQL that picks a column of the row's model: NULL where that model has none."""
        columns = {model: model + suffix for model in self.models if model + suffix in self.types}
        cases = [f"when models.model = {literal(model)} then {finite(name)}" for model, name in columns.items()]
        return f"case {' '.join(cases)} end"


def models_of(types: Mapping[str, str], others: Sequence[str] = ("unique_id", "ds", "y")) -> list[str]:
    """Return the models of a forecast or a backtest: numbers that are neither bounds nor one of the other columns.

    >>> models_of({"unique_id": "BIGINT", "ds": "DATE", "Theta": "DOUBLE", "Theta-lo-80": "DOUBLE", "error": "VARCHAR"})
    ['Theta']
    """
    others = [*others, "cutoff", "step", "scale", "scale_squared"]
    return [
        name
        for name, kind in types.items()
        if kind.startswith(_NUMBERS) and name not in others and not _BOUND.fullmatch(name)
    ]


def levels_of(columns: Iterable[str], model: str | None) -> list[str]:
    """Return the levels that a model has intervals for, the narrowest first.

    >>> levels_of(["Theta", "Theta-lo-95", "Theta-hi-95", "Theta-lo-80", "Theta-hi-80"], "Theta")
    ['80', '95']
    """
    columns = list(columns)
    found = {bound["level"] for name in columns if (bound := _BOUND.fullmatch(name)) and bound["model"] == model}
    start = f"{model}-" if model else ""
    both = [level for level in found if {f"{start}lo-{level}", f"{start}hi-{level}"} <= set(columns)]
    return sorted(both, key=float)


def finite(column: str) -> str:
    """Return the SQL of a number, NULL where it is none: such a number less itself is not zero."""
    number = f"cast({quote(column)} as double)"
    return f"case when {number} - {number} = 0 then {number} end"
