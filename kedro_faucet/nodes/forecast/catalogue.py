"""Models by name, and what else can be taken for a model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from types import ModuleType
from typing import Any

from kedro_faucet.engines.conversion import require
from kedro_faucet.exceptions import ConfigError, did_you_mean
from kedro_faucet.nodes.forecast.models.base import Model, PerSeries, fitted
from kedro_faucet.nodes.forecast.panel import Floats, Panel
from kedro_faucet.nodes.forecast.trials import Trial

HOME = "kedro_faucet.nodes.forecast"
CLASSES = {
    "models.naive": ("Naive", "SeasonalNaive", "Drift"),
    "models.smoothing": ("SimpleSmoothing", "Holt", "DampedTrend"),
    "models.holt_winters": ("HoltWinters",),
    "models.theta": ("Theta", "DynamicTheta"),
    "models.intermittent": ("Croston", "SBA", "TSB"),
    "models.statsmodels": ("ETS", "SARIMAX", "StatsmodelsTheta", "STL"),
    "global_models.regression": ("Regression",),
    "models.statistical": ("Statistical",),
    "global_models.mixture": ("Combination", "Accurate"),
}
EXTRAS = {"sklearn": "forecast", "statsmodels": "forecast", "statsforecast": "statsforecast"}


@dataclass(frozen=True)
class Named(Model):
    """A model under another name, so that two of a kind can stand side by side.

    >>> Named("Airline", model_of("sarimax")).name
    'Airline'

    Args:
        column: the name of its column.
        model: the model.
    """

    column: str
    model: Model

    @property
    def name(self) -> str:
        """The name of its column."""
        return self.column

    @property
    def is_demand(self) -> bool:
        """Whether the model forecasts how much is in demand now and then."""
        return self.model.is_demand

    def fit(self, panel: Panel, horizon: int) -> Model:
        """Return what the model learned, under this name."""
        return replace(self, model=fitted(self.model, panel, horizon))

    def rehearse(self, panel: Panel, trials: Sequence[Trial], horizon: int) -> tuple[Model, list[Floats]]:
        """Return what the model learned, under this name, and its forecasts in trials."""
        model, past = self.model.rehearse(panel, trials, horizon)
        return replace(self, model=model), past

    def predict(self, panel: Panel, horizon: int) -> Floats:
        """Return the model's forecasts."""
        return self.model.predict(panel, horizon)


def models_of(models: Any) -> list[Model]:
    """Return models from names and objects: one, a list of them, or a mapping from the names of columns to them.

    >>> [model.name for model in models_of(["ets", "stl"])]
    ['ETS', 'STL']
    >>> [model.name for model in models_of({"Airline": "sarimax"})]
    ['Airline']

    Raises:
        ConfigError: if one is not known, two have the same column, or there is none.
    """
    if isinstance(models, Mapping):
        made = [_named(str(column), model_of(model)) for column, model in models.items()]
    else:
        made = [model_of(model) for model in (models if isinstance(models, list | tuple) else [models])]
    if not made:
        raise ConfigError("There is no model to forecast with: name one, such as 'combination'.")
    names = [model.name for model in made]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(
                f"Two models are named '{name}', so their columns clash. "
                f"Give names of your own: models={{'{name}': …, '{name}2': …}}."
            )
    return made


def model_of(model: Any) -> Model:
    """Return a model from its name or from an object.

    Names: naive, seasonal_naive, drift, simple_smoothing, holt, damped_trend, holt_winters, theta, dynamic_theta,
    croston, sba, tsb, ets, sarimax, statsmodels_theta, stl, regression, statistical, combination, accurate; or the path
    of a class or function of your own, as ``package.module:Class``. An object is a model, a regressor of scikit-learn,
    a model of StatsForecast, or a function of a series, its season's length and the horizon. A class is made without
    arguments.

    >>> model_of("seasonal_nave")
    Traceback (most recent call last):
    kedro_faucet.exceptions.ConfigError: There is no model 'seasonal_nave'. Did you mean 'seasonal_naive'?
    Models: naive, seasonal_naive, drift, ...

    Raises:
        ConfigError: if there is no such model, or nothing of the kind can be a model.
        MissingExtraError: if a library that the model needs is not installed.
    """
    if isinstance(model, str):
        return _imported(model) if re.search("[.:]", model) else _own(model)
    if isinstance(model, Model):
        return model
    if _package(model) == "statsforecast":
        return _make("models.statsforecast", "StatsForecast", model)
    if isinstance(model, type):
        return model_of(_made(model))
    if all(hasattr(model, method) for method in ("fit", "predict", "get_params")):
        _check_regressor(model)
        return _make("global_models.regression", "Regression", model)
    if callable(model) and hasattr(model, "__name__"):
        return PerSeries(model.__name__, model)
    raise ConfigError(
        f"{model!r} cannot be a model: give a name, a Model, a regressor of scikit-learn, a model of StatsForecast, "
        "or a function f(y, season_length, horizon)."
    )


def _check_regressor(model: Any) -> None:
    """Refuse what scikit-learn says is of another kind; what says nothing is believed."""
    tags = getattr(model, "__sklearn_tags__", None)
    kind = tags().estimator_type if tags else None
    if kind not in (None, "regressor"):
        raise ConfigError(f"{type(model).__name__} is a {kind} of scikit-learn, not a regressor: it cannot be a model.")


def _own(name: str) -> Model:
    wanted = name.replace("_", "").lower()
    for module, classes in CLASSES.items():
        for each in classes:
            if each.lower() == wanted:
                return _make(module, each)
    names = [_snake(each) for classes in CLASSES.values() for each in classes]
    raise ConfigError(
        f"There is no model '{name}'.{did_you_mean(name.lower(), names)}\n"
        f"Models: {', '.join(names)}; of your own: 'package.module:Class'."
    )


def _snake(name: str) -> str:
    return name.lower() if name.isupper() else re.sub("(?<!^)(?=[A-Z])", "_", name).lower()


def _make(module: str, name: str, *arguments: Any) -> Model:
    made: Model = getattr(import_module(f"{HOME}.{module}"), name)(*arguments)
    return made


def _package(model: Any) -> str:
    return str((model if isinstance(model, type) else type(model)).__module__).split(".")[0]


def _named(column: str, model: Model) -> Model:
    return model if model.name == column else Named(column, model)


def _imported(path: str) -> Model:
    """Import what a path names: ``package.module:Class``, or with a dot for the colon."""
    module_name, _, name = path.rpartition(":" if ":" in path else ".")
    module = _module(module_name, path)
    if not hasattr(module, name):
        near = did_you_mean(name, vars(module))
        raise ConfigError(f"The module '{module_name}' has no '{name}' that could be the model '{path}'.{near}")
    return model_of(getattr(module, name))


def _module(name: str, path: str) -> ModuleType:
    package = name.split(".")[0]
    if package in EXTRAS:
        require(package, EXTRAS[package])
    try:
        return import_module(name)
    except (ModuleNotFoundError, ValueError) as error:
        missing = getattr(error, "name", None)
        if missing and not f"{name}.".startswith(f"{missing}."):
            raise
        raise ConfigError(f"There is no module '{name}' to import the model '{path}' from.") from None


def _made(kind: type) -> Any:
    try:
        return kind()
    except TypeError as error:
        raise ConfigError(f"{kind.__name__} needs arguments: give an object of it. ({error})") from None
