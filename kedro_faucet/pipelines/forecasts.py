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
    from kedro_faucet.nodes.forecast.catalogue import models_of
    from kedro_faucet.nodes.forecast.forecasting import LEVELS, check_on_error, check_options
    from kedro_faucet.nodes.forecast.proof.backtest import check_windows
    from kedro_faucet.nodes.forecast.reading import check_horizon, check_levels
    from kedro_faucet.nodes.forecast.series import TimeSeries

    if not isinstance(series, TimeSeries):
        raise ConfigError(f"pipelines.forecast takes series=TimeSeries(...), not a {type(series).__name__}.")
    check_horizon(horizon)
    check_options(options)
    check_levels(options.get("levels", LEVELS))
    check_on_error(on_error)
    check_windows(windows)
    models_of(models)
    data = {
        kind: f"{target}/{name}{kind}" for kind in ("", "_history", "_backtest", "_leaderboard", "_card", "_review")
    }
    history, board, made, model = data["_history"], data["_leaderboard"], data[""], f"{name}_model"
    fill: dict[str, Any] = {"fill": 0} if series.additive else {}
    proof = {**fill, **options, "windows": windows, "on_error": on_error}
    fit = bricks.Fit(horizon, models, {**fill, **options})
    parts: list[tuple[Brick, dict[str, str], str, str]] = [
        (series, {"table": source}, history, "series"),
        (fit, {"panel": history}, model, "fit"),
        (
            bricks.Predict(series.columns, on_error, fit),
            {"panel": history, "model": model, "run_id": RUN_ID},
            made,
            "predict",
        ),
        (bricks.Prove(horizon, models, proof), {"panel": history, "run_id": RUN_ID}, data["_backtest"], "backtest"),
        (bricks.Rank(), {"backtest": data["_backtest"], "run_id": RUN_ID}, board, "leaderboard"),
        (bricks.Describe(), {"model": model, "board": board, "run_id": RUN_ID}, data["_card"], "card"),
        (bricks.Review(), {"forecasts": made, "panel": history, "model": model}, data["_review"], "review"),
        (
            bricks.PlotForecast(3 * horizon),
            {"panel": history, "forecasts": made, "model": model},
            f"{name}_plot",
            "plot",
        ),
        (bricks.PlotLeaderboard(), {"board": board}, f"{name}_leaderboard_plot", "plot_leaderboard"),
    ]
    return Pipeline(_node(name, *part) for part in parts if refit or part[3] != "fit")


def _node(name: str, brick: Brick, inputs: Mapping[str, str], output: str, step: str) -> Node:
    preview = SqlPreview(brick) if step == "series" else None  # type: ignore[arg-type]
    return brick_node(brick, inputs, output, name=f"forecast_{name}_{step}", tag="forecast", preview=preview)
