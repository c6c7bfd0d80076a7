"""Leaderboard: which model was best in a backtest, in all and for each series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kedro_faucet.engines import Table, engine_of, literal, quote
from kedro_faucet.exceptions import DataError, did_you_mean
from kedro_faucet.nodes.forecast.evaluation.metrics import Metrics, levels_of, models_of
from kedro_faucet.nodes.forecast.tables import as_table
from kedro_faucet.nodes.star.keys import check_columns

_METRICS = ("smape", "mase", "rmsse", "bias", "relative", "coverage_", "msis_")


def leaderboard(
    backtest: Any, by: str | None = None, *, unique_id: str = "unique_id", ds: str = "ds", y: str = "y"
) -> Any:
    """Return the metrics of each model in a backtest, the best model first.

    >>> import pyarrow as pa
    >>> columns = {"unique_id": ["a", "a"], "cutoff": [7, 7], "ds": [8, 9], "step": [1, 2], "y": [10.0, 30.0]}
    >>> scales = {"scale": [4.0, 4.0], "scale_squared": [25.0, 25.0]}
    >>> backtest = pa.table({**columns, **scales, "Drift": [12.0, 30.0], "SeasonalNaive": [10.0, 38.0]})
    >>> leaderboard(backtest).select(["model", "mase", "rmsse", "bias", "relative"]).to_pylist()[0]
    {'model': 'Drift', 'mase': 0.25, 'rmsse': 0.282842712, 'bias': 0.25, 'relative': 0.25}

    A window is one series from one cutoff. With y what came, f its forecast, e = f - y, and s the mean absolute
    difference from a season before in the history up to the cutoff (``scale``; ``scale_squared``: of the squares):

    - smape: 200 |e| / (|y| + |f|), 0 where both are 0; the mean over all forecasts (Makridakis & Hibon 2000: M3).
    - mase: the mean of |e| / s in a window; the mean over windows (Hyndman & Koehler 2006).
    - rmsse: the root of the mean of e² / scale_squared in a window; the mean over windows (Makridakis et al. 2022: M5,
      whose differences are from one period before).
    - bias: the mean of e / s in a window; the mean over windows: above 0 where forecasts are too high.
    - coverage_80: the share of all forecasts whose interval holds y, bounds included, in %.
    - msis_80: the interval's score, its width and 2 / α times how far y lies outside, by s; the mean in a window; the
      mean over windows (Gneiting & Raftery 2007; Makridakis et al. 2020: M4).
    - relative: mase by that of ``SeasonalNaive`` over those forecasts that both made: below 1 is better than it.
    - series, forecasts: how many were measured.

    What is NULL or not finite is left out, as is a scale of 0 from what is scaled. A model that made fewer forecasts
    than others comes after them, since its errors are not of the same forecasts; then the lower mase is first, then
    the name. Values are rounded to nine decimals, so that the order in which an engine adds cannot be seen.

    Args:
        backtest: unique_id, cutoff, ds, step, y, scale, scale_squared, and the columns of models and their intervals.
        by: None for a row for each model, or ``unique_id``, ``step`` or ``cutoff`` for a row for each of these too.
        unique_id: the column that names a series.
        ds: the column of the times.
        y: the column of what came.

    Raises:
        DataError: if a column is missing, there is no model, or ``by`` is none of the three.
    """
    table, back = as_table(backtest)
    board = _placed(table, by, Metrics(engine_of(table).schema(table), unique_id, ds, y))
    first = "" if by is None else f"part as {quote(by)}, "
    text = f"select {first}* exclude (part, place) from board order by {'' if by is None else 'part, '}place"
    return back(engine_of(table).sql(text, board=board))


def best(leaderboard: Any, metric: str = "mase") -> str:
    """Return the name of the best model, among those with the most forecasts.

    >>> import pyarrow as pa
    >>> columns = {"model": ["Drift", "Theta"], "mase": [0.9, 0.8], "coverage_80": [79.0, 60.0], "forecasts": [9, 9]}
    >>> best(pa.table(columns)), best(pa.table(columns), "coverage_80")
    ('Theta', 'Drift')

    Args:
        leaderboard: what ``leaderboard`` made, with one row for each model.
        metric: what it is the best by: the lowest, of bias the nearest to 0, of coverage the nearest to its level.

    Raises:
        DataError: if there is no such metric, it is NULL for every model, or a model has many rows.
    """
    table, _ = as_table(leaderboard)
    engine = engine_of(table)
    if "model" not in table.columns:
        raise DataError("This is no leaderboard, it has no column 'model': best(leaderboard(backtest)) finds the best.")
    metrics = [name for name in table.columns if name.startswith(_METRICS)]
    if metric not in metrics:
        hint = did_you_mean(metric, metrics)
        raise DataError(f"The leaderboard has no metric '{metric}'; it has {', '.join(metrics)}.{hint}")
    board = engine.rows(engine.sql(f"select model, {quote(metric)}, forecasts from board", board=table))
    if len({model for model, *_ in board}) < len(board):
        raise DataError("The leaderboard has many rows for a model: best_by_series() finds the best of each series.")
    most = max((forecasts for *_, forecasts in board), default=0)
    aim = float(metric.removeprefix("coverage_")) if metric.startswith("coverage_") else 0.0
    values = [(abs(value - aim), model) for model, value, made in board if value is not None and made == most]
    if not values:
        raise DataError(f"The leaderboard has no {metric} for any model that made all forecasts.")
    return str(min(values)[1])


def best_by_series(backtest: Any, *, unique_id: str = "unique_id", ds: str = "ds", y: str = "y") -> Any:
    """Return the best model of each series: unique_id, model; of equals, the one that is better over all series.

    >>> import pyarrow as pa
    >>> columns = {"unique_id": ["a", "b"], "cutoff": [7, 7], "ds": [8, 8], "step": [1, 1], "y": [10.0, 30.0]}
    >>> scales = {"scale": [4.0, None], "scale_squared": [25.0, None]}
    >>> best_by_series(pa.table({**columns, **scales, "Drift": [10.0, 0.0], "Theta": [12.0, 30.0]})).to_pylist()
    [{'unique_id': 'a', 'model': 'Drift'}, {'unique_id': 'b', 'model': 'Drift'}]

    Args:
        backtest: as for ``leaderboard``; the mase over all windows of the series decides.
        unique_id: the column that names a series.
        ds: the column of the times.
        y: the column of what came.

    Raises:
        DataError: if a column is missing, or there is no model.
    """
    table, back = as_table(backtest)
    engine = engine_of(table)
    metrics = Metrics(engine.schema(table), unique_id, ds, y)
    boards = {"each": _placed(table, unique_id, metrics), "overall": _placed(table, None, metrics)}
    order = "each.forecasts desc, each.mase, overall.place"
    text = f"""
select each.part as {quote(unique_id)}, each.model
from each join overall on overall.model = each.model
qualify row_number() over (partition by each.part order by {order}) = 1
order by {quote(unique_id)}"""
    return back(engine.sql(text, **boards))


def select(
    forecast: Any, selection: Any, *, otherwise: str | None = None, unique_id: str = "unique_id", ds: str = "ds"
) -> Any:
    """Return the forecasts of one model for each series: unique_id, ds, model, forecast, lo-80, hi-80, … and error.

    >>> import pyarrow as pa
    >>> columns = {"unique_id": ["a", "b"], "ds": [8, 8], "Drift": [1.0, 2.0], "Theta": [3.0, 4.0]}
    >>> selection = pa.table({"unique_id": ["a", "b"], "model": ["Theta", "Drift"]})
    >>> select(pa.table(columns), selection).select(["model", "forecast"]).to_pylist()
    [{'model': 'Theta', 'forecast': 3.0}, {'model': 'Drift', 'forecast': 2.0}]

    Args:
        forecast: unique_id, ds, and the columns of models and their intervals.
        selection: what ``best_by_series`` made, or the name of one model for all series.
        otherwise: the model of a series that is not in the selection, such as one that is too short for a backtest;
            default: the model that the selection names most often.
        unique_id: the column that names a series.
        ds: the column of the times.

    Raises:
        DataError: if a column is missing, or the forecast lacks a model that is selected.
    """
    table, back = as_table(forecast)
    engine = engine_of(table)
    types = engine.schema(table)
    check_columns([unique_id, ds], types, "The forecast")
    if isinstance(selection, str):
        nothing = f"select {quote(unique_id)}, '' as model from forecast limit 0"
        selection, otherwise = engine.sql(nothing, forecast=table), selection
    chosen, _ = as_table(selection, engine)
    check_columns([unique_id, "model"], chosen.columns, "The selection")
    named = _named(chosen, unique_id)
    if not otherwise and not named:
        raise DataError("The selection has no rows: name the model of all series with otherwise.")
    otherwise = otherwise or named[0]
    models = models_of(types, [unique_id, ds])
    check_columns([otherwise, *named], models, "The forecast")
    text = _selected(types, models, quote(unique_id), quote(ds), literal(otherwise))
    return back(engine.sql(text, forecast=table, selection=chosen))


def _placed(backtest: Table, by: str | None, metrics: Metrics) -> Table:
    """Return the metrics with the part and the place of each row."""
    return engine_of(backtest).sql(metrics.sql(by), backtest=backtest)


def _named(selection: Table, unique_id: str) -> list[str]:
    """Return the models of a selection, those of the most series first; each series may be there once."""
    engine, name = engine_of(selection), quote(unique_id)
    twice = f"select {name} from selection group by {name} having count(*) > 1 order by {name} limit 1"
    for (series,) in engine.rows(engine.sql(twice, selection=selection)):
        raise DataError(f"The selection names more than one model for {unique_id} {series!r}.")
    text = "select model, count(*) as series from selection group by model order by series desc, model"
    return [model for model, _ in engine.rows(engine.sql(text, selection=selection))]


def _selected(types: Mapping[str, str], models: Sequence[str], unique_id: str, ds: str, otherwise: str) -> str:
    levels = sorted({level for model in models for level in levels_of(types, model)}, key=float)
    suffixes = {"forecast": "", **{f"{side}-{level}": f"-{side}-{level}" for level in levels for side in ("lo", "hi")}}
    picked = [f"{_picked(types, models, suffix)} as {quote(name)}" for name, suffix in suffixes.items()]
    told = ["error"] if "error" in types else []
    return f"""
with chosen as (
    select f.*, coalesce(s.model, {otherwise}) as kf_model
    from forecast as f left join selection as s on s.{unique_id} = f.{unique_id}
)
select {", ".join([unique_id, ds, "kf_model as model", *picked, *told])}
from chosen
order by {unique_id}, {ds}"""


def _picked(types: Mapping[str, str], models: Sequence[str], suffix: str) -> str:
    """Return the SQL of the column that the chosen model has with a suffix."""
    columns = {model: model + suffix for model in models if model + suffix in types}
    cases = [f"when kf_model = {literal(model)} then cast({quote(c)} as double)" for model, c in columns.items()]
    return f"case {' '.join(cases)} end"
