"""What a model is: fitted on a panel, it forecasts each series of any panel."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from sys import version_info
from traceback import walk_tb

import numpy as np

from kedro_faucet.exceptions import ConfigError, DataError, FaucetError
from kedro_faucet.nodes.forecast.panel import Floats, Panel
from kedro_faucet.nodes.forecast.trials import Trial


class Model(ABC):
    """A model: a small object that can be pickled.

    A series' forecast must not depend on which other series are in the panel that ``predict`` is given, to the last
    bit: what is learned across series belongs into ``fit``.

    >>> import numpy as np
    >>> from kedro_faucet.nodes.forecast.frequency import Frequency
    >>> class LastValue(Model):
    ...     def predict(self, panel, horizon):
    ...         return np.repeat(panel.values[-1:], horizon, axis=0)
    >>> panel = Panel(np.array(["a", "b"]), np.array([[1.0, 2], [3, 4]]), np.array([9, 9]), Frequency("MS"))
    >>> LastValue().name, LastValue().fit(panel, 2).predict(panel, 2).tolist()
    ('LastValue', [[3.0, 4.0], [3.0, 4.0]])
    """

    @property
    def name(self) -> str:
        """The name of its column."""
        return type(self).__name__

    @property
    def description(self) -> str:
        """What it is, for its card: the first line of its class's docstring."""
        return (type(self).__doc__ or "").strip().split("\n")[0]

    @property
    def is_demand(self) -> bool:
        """Whether it forecasts how much is in demand now and then: see ``Demand`` for its intervals."""
        return False

    def fit(self, panel: Panel, horizon: int) -> Model:
        """Return what was learned from a panel: itself, if a series' forecast needs nothing of the others."""
        return self

    def rehearse(self, panel: Panel, trials: Sequence[Trial], horizon: int) -> tuple[Model, list[Floats]]:
        """Return the model fitted on a panel, and what it forecasts in each trial, fitted on the earliest: the last."""
        then = fitted(self, trials[-1].past, horizon)
        return fitted(self, panel, horizon), [then.predict(trial.past, horizon) for trial in trials]

    @abstractmethod
    def predict(self, panel: Panel, horizon: int) -> Floats:
        """Return the forecasts, shape (horizon, series); NaN for a series that the model cannot forecast."""


def fitted(model: Model, panel: Panel, horizon: int) -> Model:
    """Return what a model has become by its ``fit``.

    Raises:
        ConfigError: if that is no model.
    """
    made: object = model.fit(panel, horizon)
    if not isinstance(made, Model):
        raise ConfigError(
            f"The fit of the model {model.name} returns {type(made).__name__}, not a model: end it with 'return self'."
        )
    return made


def told(error: Exception) -> str:
    """Say an error in one line, with the line of a user's code that it is from, if there is one.

    >>> told(KeyError("weight"))
    "KeyError: 'weight'"
    """
    library = {"site-packages", f"python{version_info[0]}.{version_info[1]}"}
    places = [
        f" ({path.name}:{line})"
        for frame, line in walk_tb(error.__traceback__)
        for path in [Path(frame.f_code.co_filename)]
        if not library & {*path.parts} and not frame.f_globals.get("__name__", "").startswith("kedro_faucet.")
    ]
    return f"{type(error).__name__}: {error}{places[-1] if places else ''}"


@dataclass(frozen=True)
class PerSeries(Model):
    """A model from a function of one series.

    >>> import numpy as np
    >>> from kedro_faucet.nodes.forecast.frequency import Frequency
    >>> model = PerSeries("Mean", lambda y, season_length, horizon: np.full(horizon, y.mean()))
    >>> panel = Panel(np.array(["a"]), np.array([[1.0], [3]]), np.array([9]), Frequency("MS"))
    >>> model.predict(panel, 2).tolist()
    [[2.0], [2.0]]

    A series that it fails on gets NaN, and the others their forecasts.

    Args:
        column: the name of its column.
        function: takes the values, shape (time,), the season's length and the horizon; returns shape (horizon,).
    """

    column: str
    function: Callable[[Floats, int, int], Floats]

    @property
    def name(self) -> str:
        """The name of its column."""
        return self.column

    def fit(self, panel: Panel, horizon: int) -> Model:
        """Return itself.

        Raises:
            DataError: if the function fails on each series.
        """
        failed: list[Exception] = []
        for series in each_series(panel, horizon):
            try:
                self._tried(series.y, panel.season_length, horizon)
                return self
            except FaucetError:
                raise
            except Exception as error:  # whatever it is, it is the function's
                failed.append(error)
        what = told(failed[0])
        raise DataError(f"The model {self.name} fails on each series; on '{panel.ids[0]}': {what}") from failed[0]

    def predict(self, panel: Panel, horizon: int) -> Floats:
        """Return the forecasts, a series at a time."""
        forecasts = np.full((horizon, panel.values.shape[1]), np.nan)
        for column, series in enumerate(each_series(panel, horizon)):
            try:
                forecasts[:, column] = self._tried(series.y, panel.season_length, horizon)
            except FaucetError:
                raise
            except Exception:  # what one series does to it must not stop the others
                continue
        return forecasts

    def _tried(self, y: Floats, season_length: int, horizon: int) -> Floats:
        forecast = np.asarray(self.function(y, season_length, horizon), dtype=np.float64)
        if forecast.shape != (horizon,):
            raise ValueError(f"it returns shape {forecast.shape}, not ({horizon},)")
        return forecast


@dataclass(frozen=True)
class Series:
    """One series by itself: its values, its seasons, and the features that go with it, then and ahead.

    Args:
        y: the values, shape (time,).
        seasons: lengths of the seasons in periods, the shortest first.
        past: the features of these periods, shape (time, features); None for nothing.
        future: the features of the periods to forecast, shape (horizon, features).
    """

    y: Floats
    seasons: tuple[int, ...] = ()
    past: Floats | None = None
    future: Floats | None = None


def each_series(panel: Panel, horizon: int) -> Iterator[Series]:
    """Yield the series of a panel, one by one, without what is missing before they begin."""
    rows = len(panel.values)
    for column, length in enumerate(panel.lengths.tolist()):
        y = panel.values[rows - length :, column].copy()
        if panel.features is None:
            yield Series(y, panel.seasons)
        else:
            known = panel.features[:, column]
            yield Series(y, panel.seasons, known[rows - length : rows].copy(), known[rows : rows + horizon].copy())


class SeriesModel(Model):
    """A model that a library fits to one series at a time; a series that it cannot do gets NaN, quietly.

    >>> from kedro_faucet.nodes.forecast.frequency import Frequency
    >>> class Lucky(SeriesModel):
    ...     def forecast(self, series, horizon):
    ...         return np.full(horizon, series.y[6])
    >>> panel = Panel(np.array(["a"]), np.array([[1.0], [3]]), np.array([9]), Frequency("MS"))
    >>> Lucky().predict(panel, 2).tolist()
    [[nan], [nan]]
    """

    @abstractmethod
    def forecast(self, series: Series, horizon: int) -> Floats:
        """Return the forecast of one series, shape (horizon,)."""

    def predict(self, panel: Panel, horizon: int) -> Floats:
        """Return the forecasts, a series at a time."""
        forecasts = np.full((horizon, panel.values.shape[1]), np.nan)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            for column, series in enumerate(each_series(panel, horizon)):
                forecasts[:, column] = self._tried(series, horizon)
        return forecasts

    def _tried(self, series: Series, horizon: int) -> Floats | float:
        try:
            forecast = np.asarray(self.forecast(series, horizon), dtype=np.float64)
        except FaucetError:
            raise
        except Exception:  # whatever a library meets in one series must not stop the others
            return np.nan
        return forecast if np.isfinite(forecast).all() else np.nan
