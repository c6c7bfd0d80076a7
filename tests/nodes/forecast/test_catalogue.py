from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from kedro_faucet.exceptions import ConfigError, MissingExtraError
from kedro_faucet.nodes.forecast.catalogue import CLASSES, Named, _snake, model_of, models_of
from kedro_faucet.nodes.forecast.frequency import Frequency
from kedro_faucet.nodes.forecast.global_models.mixture import Mixture
from kedro_faucet.nodes.forecast.intervals import fit
from kedro_faucet.nodes.forecast.models.base import Model, PerSeries
from kedro_faucet.nodes.forecast.models.statsforecast import StatsForecast
from kedro_faucet.nodes.forecast.models.statsmodels import ETS, SARIMAX
from kedro_faucet.nodes.forecast.panel import Floats, Panel
from kedro_faucet.nodes.forecast.trials import Trial

OWN = """
import numpy as np
from kedro_faucet.nodes.forecast.models.base import Model

class LastValue(Model):
    def predict(self, panel, horizon):
        return np.repeat(panel.values[-1:], horizon, axis=0)

class Lagged(LastValue):
    def __init__(self, lag):
        self.lag = lag

def middle(y, season_length, horizon):
    return np.full(horizon, np.median(y))

seven = 7
"""
PANEL = Panel(np.array(["a"], dtype=object), np.array([[1.0], [2.0], [6.0]]), np.array([9]), Frequency("YS"))


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lay a user's package on the path."""
    (tmp_path / "own_package").mkdir()
    (tmp_path / "own_package/__init__.py").write_text("")
    (tmp_path / "own_package/models.py").write_text(OWN)
    (tmp_path / "own_package/broken.py").write_text("import not_there_at_all")
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.parametrize("name", [each for classes in CLASSES.values() for each in classes])
def test_every_model_has_a_name_in_two_spellings(name: str) -> None:
    """The class's own spelling and the one with underscores give the same model, and its column is called after it."""
    assert type(model_of(name)).__name__ == type(model_of(_snake(name))).__name__ == name
    assert model_of(name).name == name


def test_names_are_spelt_as_in_python() -> None:
    """Words are parted by underscores, capitals stay together."""
    assert [_snake(name) for name in ("SeasonalNaive", "SBA", "StatsmodelsTheta")] == [
        "seasonal_naive", "sba", "statsmodels_theta",
    ]  # fmt: skip


def test_libraries_are_imported_for_the_models_that_need_them_alone() -> None:
    """Asking for one model by name imports no library of another."""
    code = (
        "import sys; from kedro_faucet.nodes.forecast.catalogue import model_of; model_of('ets'); "
        "print(sorted({'sklearn', 'statsforecast', 'statsmodels'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_misspelt_name_is_answered_with_the_nearest_and_the_list() -> None:
    """The error names the nearest model and all there are."""
    with pytest.raises(ConfigError, match=r"no model 'sesonal_naive'\. Did you mean 'seasonal_naive'") as error:
        model_of("sesonal_naive")
    assert "holt_winters, theta, dynamic_theta" in str(error.value)


def test_a_model_is_taken_as_it_is() -> None:
    """An object that is a model stays the same object; its class is made."""
    model = SARIMAX(order=(1, 1, 1))
    assert model_of(model) is model
    assert model_of(SARIMAX) == SARIMAX()


def test_a_regressor_becomes_a_regression() -> None:
    """A regressor of scikit-learn, a pipeline of it or its class, are learned from all series."""
    linear = pytest.importorskip("sklearn.linear_model")
    pipeline = pytest.importorskip("sklearn.pipeline")
    made = models_of([linear.Ridge(), linear.Lasso, pipeline.make_pipeline(linear.Ridge())])
    assert [(type(model).__name__, model.name) for model in made] == [
        ("Regression", "Ridge"), ("Regression", "Lasso"), ("Regression", "Pipeline"),
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "kind"), [("cluster.KMeans", "clusterer"), ("svm.SVC", "classifier")])
def test_what_predicts_something_else_is_refused(name: str, kind: str) -> None:
    """What scikit-learn says is a classifier or finds clusters would give numbers that are no forecast."""
    module, _, estimator = name.partition(".")
    model = getattr(pytest.importorskip(f"sklearn.{module}"), estimator)()
    with pytest.raises(ConfigError, match=f"{estimator} is a {kind} of scikit-learn, not a regressor"):
        model_of(model)


def test_a_model_of_statsforecast_is_adapted() -> None:
    """An object or a class of StatsForecast, or the path of one, becomes a model."""
    theirs = pytest.importorskip("statsforecast.models")
    assert isinstance(model_of(theirs.Naive()), StatsForecast)
    assert model_of(theirs.AutoARIMA) == model_of("statsforecast.models:AutoARIMA") == StatsForecast(theirs.AutoARIMA)


def test_a_function_is_a_model_of_one_series() -> None:
    """A plain function of a series gives a column of its name."""

    def middle(y: Floats, season_length: int, horizon: int) -> Floats:
        return np.full(horizon, np.median(y))

    model = model_of(middle)
    assert model == PerSeries("middle", middle)
    assert model.predict(PANEL, 2).tolist() == [[2.0], [2.0]]


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize("path", ["own_package.models:{}", "own_package.models.{}"])
def test_a_path_names_a_model_of_ones_own(path: str) -> None:
    """A class or a function of a user's package is imported by its path, with a colon or a dot."""
    made = models_of([path.format("LastValue"), path.format("middle")])
    assert [model.name for model in made] == ["LastValue", "middle"]
    assert [model.predict(PANEL, 1).tolist() for model in made] == [[[6.0]], [[2.0]]]


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("own_package.modls:LastValue", "no module 'own_package.modls' to import the model 'own_package.modls:LastV"),
        ("own_package.models:LastVale", "'own_package.models' has no 'LastVale'.*Did you mean 'LastValue'"),
        ("own_package.models:Lagged", "Lagged needs arguments: give an object of it"),
        ("own_package.models:seven", "7 cannot be a model: give a name"),
        (":Naive", "no module ''"),
        (".naive", "no module ''"),
    ],
)
def test_a_path_that_leads_nowhere_says_where_it_ends(path: str, said: str) -> None:
    """What is missing of a path is named."""
    with pytest.raises(ConfigError, match=said):
        model_of(path)


@pytest.mark.usefixtures("own")
def test_what_a_users_module_lacks_is_the_users_to_see() -> None:
    """An import that fails within a user's own module is not taken for a misspelt path."""
    with pytest.raises(ModuleNotFoundError, match="not_there_at_all"):
        model_of("own_package.broken:Model")


def test_a_path_into_a_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model of a library that is not installed says which extra brings it."""
    monkeypatch.setitem(sys.modules, "statsforecast", None)
    with pytest.raises(MissingExtraError, match=r"kedro-faucet\[statsforecast\]"):
        model_of("statsforecast.models:AutoARIMA")


def test_one_name_is_a_list_of_one() -> None:
    """A single name or object needs no list."""
    assert models_of("ets") == models_of(["ETS"]) == models_of((ETS(),)) == [ETS()]


def test_models_of_one_name_clash() -> None:
    """Two models with the same column are refused, with what to write instead."""
    with pytest.raises(ConfigError, match=r"Two models are named 'SARIMAX'.*models=\{'SARIMAX': …, 'SARIMAX2': …\}"):
        models_of(["sarimax", SARIMAX(order=(1, 1, 1))])


def test_a_mapping_names_the_columns() -> None:
    """Two of a kind stand side by side under names of their own; the names reach what was learned from a panel."""
    made = models_of({"SARIMAX": "sarimax", "Plain": SARIMAX(log=False)})
    assert made == [SARIMAX(), Named("Plain", SARIMAX(log=False))]
    assert [model.fit(PANEL, 2).name for model in made] == ["SARIMAX", "Plain"]
    assert np.array_equal(*(model.predict(PANEL, 2) for model in made))


def test_another_name_is_no_other_work() -> None:
    """Under a name of its own a mixture is fitted as often as under its usual one, and has the same intervals."""
    fits = []

    class Counted(Mixture):
        def rehearse(self, panel: Panel, trials: Sequence[Trial], horizon: int) -> tuple[Model, list[Floats]]:
            fits.append(len(trials))
            return super().rehearse(panel, trials, horizon)

    values = np.random.default_rng(0).normal(50, 5, (40, 3))
    panel = Panel(np.array(["a", "b", "c"], dtype=object), values, np.array([9, 9, 9]), Frequency("YS"))
    models = [*models_of(Counted([ETS()])), *models_of({"Mine": Counted([ETS()])})]
    widths = [fit(model, panel, 2, [80]).widths[80].tolist() for model in models]
    assert [model.name for model in models] == ["Mixture", "Mine"]
    assert len(fits) == 2
    assert widths[0] == widths[1]


@pytest.mark.parametrize("nothing", [[], {}, ()])
def test_no_model_at_all_is_refused(nothing: object) -> None:
    """There must be a model."""
    with pytest.raises(ConfigError, match="There is no model to forecast with"):
        models_of(nothing)
