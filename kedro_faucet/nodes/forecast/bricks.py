"""Bricks of a forecasting pipeline: each is made of what it needs to know, and builds one dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kedro_faucet.engines import Table, engine_of, literal, quote
from kedro_faucet.exceptions import ConfigError
from kedro_faucet.nodes.forecast.catalogue import models_of
from kedro_faucet.nodes.forecast.evaluation.backtest import backtest
from kedro_faucet.nodes.forecast.evaluation.card import card
from kedro_faucet.nodes.forecast.evaluation.leaderboard import leaderboard
from kedro_faucet.nodes.forecast.forecasting import LEVELS, Forecaster, fit
from kedro_faucet.nodes.forecast.intervals import columns_of
from kedro_faucet.nodes.forecast.models.naive import SeasonalNaive
from kedro_faucet.nodes.forecast.plots import plot_forecast, plot_leaderboard
from kedro_faucet.nodes.forecast.preparation import check_levels
from kedro_faucet.nodes.lineage import ALL, Origin, Place, Traced


@dataclass(frozen=True)
class _Asked:
    """What is asked of models.

    Args:
        horizon: how many periods ahead.
        models: the models, as ``forecast`` takes them.
        options: the other arguments of what is called.
    """

    horizon: int
    models: Any
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """The columns that the models make."""
        levels = check_levels(self.options.get("levels", LEVELS))
        return [name for each in models_of(self.models) for name in columns_of(each, levels)]

    def read(self, panel: Traced) -> tuple[Place, ...]:
        """Return what the models learn from."""
        features = self.options.get("features", ())
        names = ["y", *([features] if isinstance(features, str) else features)]
        return tuple(place for name in names for place in panel.origin(name).values)


@dataclass(frozen=True)
class Fit(_Asked):
    """Fits models on a panel, by ``fit``."""

    def build(self, panel: Table) -> Forecaster:
        """Return the fitted models."""
        return fit(panel, self.horizon, self.models, **self.options)

    def lineage(self, panel: Traced) -> Traced:
        """Return what the models, which have no columns, are fitted on."""
        return Traced({ALL: Origin(self.read(panel), _told_by(panel))}, why="a model has no columns")

    def check(self, model: Forecaster) -> None:
        """Refuse fitted models, kept by an earlier run, that are not what this would fit.

        Raises:
            ConfigError: if they are of another horizon, or make other columns.
        """
        if model.horizon != self.horizon:
            what = f"forecasts {model.horizon} periods ahead, not {self.horizon}"
        else:
            asked = self.columns
            made = [name for fitted in model.models for name in fitted.columns]
            if made == asked:
                return
            what = f"makes {', '.join(made)}, not {', '.join(asked)}"
        raise ConfigError(f"The model that was kept {what}: fit again (refit=True), or ask for what it does.")


@dataclass(frozen=True)
class Predict:
    """Forecasts a panel with fitted models.

    Args:
        by: the columns of the panel that go along.
        on_error: ``raise`` or ``skip``.
        asked: what the models must be, since an earlier run may have fitted them; None for anything.
    """

    by: Sequence[str] = ()
    on_error: str = "raise"
    asked: Fit | None = None

    def build(self, panel: Table, model: Forecaster, run_id: str) -> Table:
        """Return the forecasts, with the last time known to each, called ``cutoff``, and the run that made them.

        A series that cannot be forecast has one row, whose ``ds`` is the cutoff, so that it can be a key. The column
        ``error`` is always there, so that what is kept can be added to whatever ``on_error`` is.
        """
        if self.asked:
            self.asked.check(model)
        made = model.forecast(panel, on_error=self.on_error)
        by = "".join(f", {quote(name)}" for name in self.by)
        kept = "".join(f", min({quote(name)}) as {quote(name)}" for name in self.by)
        columns = ", ".join(quote(name) for name in made.columns if name not in ("unique_id", "ds", "error"))
        error = "made.error" if "error" in made.columns else "cast(null as varchar)"
        text = f"""
with series as (
    select unique_id, coalesce(max(case when y is not null then ds end), max(ds)) as cutoff{kept}
    from panel group by unique_id
)
select made.unique_id{by}, series.cutoff, coalesce(made.ds, series.cutoff) as ds, {columns},
    {error} as error, {literal(str(run_id))} as run_id
from made join series on made.unique_id = series.unique_id
order by made.unique_id, made.ds"""
        return engine_of(panel).sql(text, panel=panel, made=made)

    def lineage(self, panel: Traced, model: Traced, run_id: object) -> Traced:
        """Return the columns of the forecasts, which come from the values known and from the model."""
        read = self.asked.read(panel) if self.asked else panel.origin("y").values
        value = Origin(tuple(dict.fromkeys((*read, *model.places()))), _told_by(panel))
        time = Origin(panel.origin("ds").values, read)
        kept = {name: Origin(panel.origin(name).values) for name in ("unique_id", *self.by)}
        models = dict.fromkeys(self.asked.columns if self.asked else [ALL], value)
        told = {"error": Origin((), read), "run_id": Origin()}
        return _traced(panel, {**kept, "cutoff": time, "ds": time, **models, **told})


def _told_by(panel: Traced) -> tuple[Place, ...]:
    """Return the columns that tell series and their times."""
    return tuple(place for name in ("unique_id", "ds") for place in panel.origin(name).values)


def _traced(panel: Traced, columns: Mapping[str, Origin]) -> Traced:
    """Return columns with their types: of models' values, if they are nothing else."""
    known = {**panel.schema, "cutoff": panel.schema["ds"], "step": "INTEGER", "error": "VARCHAR", "run_id": "VARCHAR"}
    return Traced(columns, types={name: known.get(name, "DOUBLE") for name in columns})


@dataclass(frozen=True)
class Prove(_Asked):
    """Backtests models on a panel, by ``backtest``."""

    def build(self, panel: Table, run_id: str) -> Table:
        """Return what would have been forecast, beside what came, and the run that did it."""
        made = backtest(panel, self.horizon, self.models, **self.options)
        return engine_of(panel).sql(f"select *, {literal(str(run_id))} as run_id from made", made=made)

    def lineage(self, panel: Traced, run_id: object) -> Traced:
        """Return the columns of the backtest, which come from the values known."""
        value, series = Origin(self.read(panel), _told_by(panel)), Origin(panel.origin("unique_id").values)
        times = dict.fromkeys(("cutoff", "ds"), Origin(panel.origin("ds").values))
        baseline = columns_of(SeasonalNaive(), check_levels(self.options.get("levels", LEVELS)))
        values = dict.fromkeys(("y", "scale", "scale_squared", *self.columns, *baseline), value)
        skipped = {"error": Origin((), value.values)} if self.options.get("on_error") == "skip" else {}
        own = {"unique_id": series, **times, "step": Origin()}
        return _traced(panel, {**own, **values, **skipped, "run_id": Origin()})


@dataclass(frozen=True)
class Rank:
    """Ranks the models of a backtest."""

    def build(self, backtest: Table, run_id: str) -> Table:
        """Return the leaderboard, and the run that it is of."""
        board = leaderboard(_without(backtest, "run_id"))
        return engine_of(backtest).sql(f"select *, {literal(str(run_id))} as run_id from board", board=board)


@dataclass(frozen=True)
class Describe:
    """Writes the models' card."""

    def build(self, model: Forecaster, board: Table, run_id: str) -> Table:
        """Return a row for each model: what it is, what it learned from, and how good it was in the backtest."""
        return card(model, board, run_id)


@dataclass(frozen=True)
class Review:
    """Compares earlier forecasts with what came."""

    def build(self, forecasts: Table, panel: Table, model: Forecaster) -> Table:
        """Return the leaderboard of each earlier cutoff; no row while nothing has come."""
        engine = engine_of(panel)
        season = model.reading.seasons[0] if model.reading.seasons else 1
        models = [name for fitted in model.models for name in fitted.columns if name in forecasts.columns]
        text = _CAME.format(season=season, models=", ".join(f"forecasts.{quote(name)}" for name in models))
        return leaderboard(engine.sql(text, forecasts=forecasts, panel=panel), by="cutoff")


_CAME = """
with changes as (
    select unique_id, ds, y, y - lag(y, 1) over (partition by unique_id order by ds) as near,
        y - lag(y, {season}) over (partition by unique_id order by ds) as far
    from panel
),
cutoffs as (
    select distinct unique_id, cutoff from forecasts
),
known as (
    select cutoffs.unique_id, cutoffs.cutoff, near, far,
        count(y) over (partition by cutoffs.unique_id, cutoffs.cutoff) <= {season} + 2 as short
    from cutoffs join changes on cutoffs.unique_id = changes.unique_id and changes.ds <= cutoffs.cutoff
),
scales as (
    select unique_id, cutoff, avg(abs(case when short then near else far end)) as scale,
        avg(case when short then near * near else far * far end) as scale_squared
    from known group by unique_id, cutoff
)
select forecasts.unique_id, forecasts.cutoff, forecasts.ds, changes.y, scales.scale, scales.scale_squared, {models}
from forecasts
join changes on forecasts.unique_id = changes.unique_id and forecasts.ds = changes.ds
join scales on forecasts.unique_id = scales.unique_id and forecasts.cutoff = scales.cutoff
where changes.y is not null and forecasts.ds > forecasts.cutoff"""


@dataclass(frozen=True)
class PlotForecast:
    """Draws the end of the series, and their forecasts by the first model."""

    last: int

    def build(self, panel: Table, forecasts: Table, model: Forecaster) -> Any:
        """Return the figure."""
        columns = ["unique_id", "ds", *(name for fitted in model.models for name in fitted.columns)]
        text = f"""
select {", ".join(map(quote, columns))} from forecasts
where ds > cutoff qualify cutoff = max(cutoff) over (partition by unique_id)"""
        made = engine_of(panel).sql(text, forecasts=forecasts)
        return plot_forecast(_only(panel, ["unique_id", "ds", "y"]), made, last=self.last)


@dataclass(frozen=True)
class PlotLeaderboard:
    """Draws the leaderboard."""

    def build(self, board: Table) -> Any:
        """Return the figure."""
        return plot_leaderboard(_without(board, "run_id"))


def _without(table: Table, column: str) -> Table:
    return engine_of(table).sql(f"select * exclude ({quote(column)}) from given", given=table)


def _only(table: Table, columns: Sequence[str]) -> Table:
    return engine_of(table).sql(f"select {', '.join(map(quote, columns))} from given", given=table)
