"""Forecasts as pipelines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kedro.pipeline import Node, Pipeline

from kedro_faucet.exceptions import ConfigError
from kedro_faucet.nodes.lineage import tell
from kedro_faucet.pipelines.brick import Brick, SqlPreview, brick_node, is_parameter

if TYPE_CHECKING:
    from kedro_faucet.nodes.forecast import TimeSeries

RUN_ID = "params:run_id"


def forecast(
    name: str,
    source: str,
    series: TimeSeries,
    horizon: int | str,
    models: Any = "combination",
    *,
    windows: int | str = 3,
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

    Each of ``horizon``, ``models``, ``windows``, ``on_error`` and the options may be the name of a parameter of
    Kedro's: ``horizon="params:horizon"``.

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

    settings = {"horizon": horizon, "models": models, "windows": windows, "on_error": on_error, **options}
    parameters = {key: value for key, value in settings.items() if is_parameter(value)}
    _check(series, {key: value for key, value in settings.items() if key not in parameters}, options)
    usual: dict[str, Any] = {"fill": 0} if series.additive else {}
    asked = _Asked(series, {**usual, **settings}, tuple(parameters))
    datasets = _datasets(name, source, f"{target}/{name}")
    return Pipeline(
        _node(name, step, asked, parameters, *datasets[step]) for step in datasets if refit or step != "fit"
    )


# The steps that need no setting.
_PLAIN = ("series", "leaderboard", "card", "review", "plot_leaderboard")


@dataclass(frozen=True)
class _Asked:
    """What is asked of a forecast; some of it may be parameters of the run."""

    series: TimeSeries
    settings: Mapping[str, Any]
    parameters: tuple[str, ...] = ()

    def brick(self, step: str) -> Brick:
        """Return the brick of a step."""
        from kedro_faucet.nodes.forecast import bricks

        if step in _PLAIN:
            plain: dict[str, Callable[[], Brick]] = {
                "series": lambda: self.series,
                "leaderboard": bricks.Rank,
                "card": bricks.Describe,
                "review": bricks.Review,
                "plot_leaderboard": bricks.PlotLeaderboard,
            }
            return plain[step]()
        return _Step(step, self) if self.parameters else _brick(step, self.series, self.settings)


@dataclass(frozen=True)
class _Step:
    """A step of a forecast whose settings are known when it runs."""

    step: str
    asked: _Asked

    def build(self, **given: Any) -> Any:
        """Return what the step makes with the parameters of the run."""
        brick, tables = self._brick(given)
        return brick.build(**tables)

    def lineage(self, **given: Any) -> Any:
        """Return what the step tells with the parameters of the run."""
        brick, tables = self._brick(given)
        return tell(brick, **tables)

    def _brick(self, given: dict[str, Any]) -> tuple[Brick, dict[str, Any]]:
        """Return the step with the parameters of the run, and what is left of what is given."""
        found = {name: given.pop(name) for name in self.asked.parameters}
        settings = {**self.asked.settings, **found}
        try:
            _check(self.asked.series, settings, {})
        except ConfigError as error:
            listed = ", ".join(f"{name}={value!r}" for name, value in found.items())
            raise ConfigError(f"{error.message} Parameters of the run: {listed}.") from None
        return _brick(self.step, self.asked.series, settings), given


def _brick(step: str, series: TimeSeries, settings: Mapping[str, Any]) -> Brick:
    from kedro_faucet.nodes.forecast import bricks

    kept = dict(settings)
    horizon, models, windows, on_error = (kept.pop(name) for name in ("horizon", "models", "windows", "on_error"))
    fit = bricks.Fit(horizon, models, kept)
    made: dict[str, Brick] = {
        "fit": fit,
        "predict": bricks.Predict(series.columns, on_error, fit),
        "backtest": bricks.Prove(horizon, models, {**kept, "windows": windows, "on_error": on_error}),
        "plot": bricks.PlotForecast(3 * horizon),
    }
    return made[step]


def _check(series: Any, settings: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    """Refuse what cannot be, before anything runs; settings that are not known yet are left out."""
    from kedro_faucet.nodes.forecast.catalogue import models_of
    from kedro_faucet.nodes.forecast.evaluation.backtest import check_windows
    from kedro_faucet.nodes.forecast.forecasting import check_on_error, check_options
    from kedro_faucet.nodes.forecast.preparation import check_horizon, check_levels
    from kedro_faucet.nodes.forecast.series import TimeSeries

    if not isinstance(series, TimeSeries):
        raise ConfigError(f"pipelines.forecast takes series=TimeSeries(...), not a {type(series).__name__}.")
    check_options(options)
    checks: dict[str, Callable[[Any], Any]] = {
        "horizon": check_horizon,
        "levels": check_levels,
        "on_error": check_on_error,
        "windows": check_windows,
        "models": models_of,
    }
    for name, check in checks.items():
        if name in settings:
            check(settings[name])


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


def _node(
    name: str, step: str, asked: _Asked, parameters: Mapping[str, str], inputs: Mapping[str, str], output: str
) -> Node:
    brick = asked.brick(step)
    preview = SqlPreview(asked.series) if step == "series" else None
    reads = {**inputs, **parameters} if isinstance(brick, _Step) else inputs
    return brick_node(brick, reads, output, name=f"forecast_{name}_{step}", tag="forecast", preview=preview)
