"""Forecasts as pipelines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kedro.pipeline import Node, Pipeline

from kedro_faucet.exceptions import ConfigError
from kedro_faucet.pipelines.brick import Brick, SqlPreview, brick_node

if TYPE_CHECKING:
    from kedro_faucet.nodes.forecast import TimeSeries

RUN_ID = "params:run_id"


def forecast(
    name: str,
    source: str,
    series: TimeSeries,
    horizon: int,
    models: Any = "combination",
    *,
    windows: int = 3,
    on_error: str = "raise",
    refit: bool = True,
    target: str = "forecast",
    **options: Any,
) -> Pipeline:
    """Return a pipeline that forecasts time series, and proves how good its models are.

    >>> from kedro_faucet.nodes import Count
    >>> from kedro_faucet.nodes.forecast import TimeSeries
    >>> daily = TimeSeries(time="flight_date", every="day", by=["origin"], measure=Count())
    >>> made = forecast("departures", "lake/flights", daily, horizon=28)
    >>> outputs = sorted(output for node in made.nodes for output in node.outputs)
    >>> outputs[:3]
    ['departures_leaderboard_plot', 'departures_model', 'departures_plot']
    >>> [output.removeprefix("forecast/departures") for output in outputs[3:]]
    ['', '_backtest', '_card', '_history', '_leaderboard', '_review']

    The model and the plots are kept where the catalog has entries for them: a ``pickle.PickleDataset`` that is
    ``versioned`` keeps each run's model. ``X_review`` is about earlier forecasts as far as ``forecast/X`` keeps them:
    with ``save_args: {mode: merge, key: [unique_id, cutoff, ds]}``.

    Args:
        name: what is forecast.
        source: the resource with the rows, or with a cube's cells.
        series: how they become time series.
        horizon: how many periods ahead.
        models: a model or several, as ``forecast`` of ``kedro_faucet.nodes.forecast`` takes them.
        windows: from how many earlier times the backtest forecasts.
        on_error: ``raise``, or ``skip`` for a row that tells why where a series cannot be forecast (its ``ds`` is the
            cutoff).
        refit: False to forecast with the model that ``X_model`` holds already: it must be what is asked for.
        target: the provider to write.
        options: of that ``forecast``: ``levels``, ``season_length``, ``fill``.

    Raises:
        ConfigError: if ``series`` is something else, the horizon is none, or there is no such model or option, or an
            option cannot be so.
    """
    from kedro_faucet.nodes.forecast import bricks

    _check(series, horizon, models, windows, on_error, options)
    kept: dict[str, Any] = {"fill": 0, **options} if series.additive else options
    fit = bricks.Fit(horizon, models, kept)
    made: dict[str, Brick] = {
        "series": series,
        "fit": fit,
        "predict": bricks.Predict(series.columns, on_error, fit),
        "backtest": bricks.Prove(horizon, models, {**kept, "windows": windows, "on_error": on_error}),
        "leaderboard": bricks.Rank(),
        "card": bricks.Describe(),
        "review": bricks.Review(),
        "plot": bricks.PlotForecast(3 * horizon),
        "plot_leaderboard": bricks.PlotLeaderboard(),
    }
    datasets = _datasets(name, source, f"{target}/{name}")
    return Pipeline(_node(name, step, brick, *datasets[step]) for step, brick in made.items() if refit or step != "fit")


def _check(series: Any, horizon: Any, models: Any, windows: Any, on_error: Any, options: Mapping[str, Any]) -> None:
    """Refuse what cannot be, before anything runs."""
    from kedro_faucet.nodes.forecast.catalogue import models_of
    from kedro_faucet.nodes.forecast.evaluation.backtest import check_windows
    from kedro_faucet.nodes.forecast.forecasting import LEVELS, check_on_error, check_options
    from kedro_faucet.nodes.forecast.preparation import check_horizon, check_levels
    from kedro_faucet.nodes.forecast.series import TimeSeries

    if not isinstance(series, TimeSeries):
        raise ConfigError(f"pipelines.forecast takes series=TimeSeries(...), not a {type(series).__name__}.")
    check_horizon(horizon)
    check_options(options)
    check_levels(options.get("levels", LEVELS))
    check_on_error(on_error)
    check_windows(windows)
    models_of(models)


def _datasets(name: str, source: str, made: str) -> dict[str, tuple[dict[str, str], str]]:
    """Return what each step reads, by argument, and what it makes."""
    panel, model, run = {"panel": f"{made}_history"}, {"model": f"{name}_model"}, {"run_id": RUN_ID}
    forecasts, board = {"forecasts": made}, {"board": f"{made}_leaderboard"}
    return {
        "series": ({"table": source}, panel["panel"]),
        "fit": (panel, model["model"]),
        "predict": (panel | model | run, made),
        "backtest": (panel | run, f"{made}_backtest"),
        "leaderboard": ({"backtest": f"{made}_backtest"} | run, board["board"]),
        "card": (model | board | run, f"{made}_card"),
        "review": (forecasts | panel | model, f"{made}_review"),
        "plot": (panel | forecasts | model, f"{name}_plot"),
        "plot_leaderboard": (board, f"{name}_leaderboard_plot"),
    }


def _node(name: str, step: str, brick: Brick, inputs: Mapping[str, str], output: str) -> Node:
    preview = SqlPreview(brick) if step == "series" else None  # type: ignore[arg-type]
    return brick_node(brick, inputs, output, name=f"forecast_{name}_{step}", tag="forecast", preview=preview)
