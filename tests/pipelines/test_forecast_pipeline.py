"""Forecasts as pipelines: from a table, a star or a cube to forecasts with their proof, card, review and plots."""

from __future__ import annotations

import pickle
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from kedro.io import DataCatalog, MemoryDataset, Version
from kedro.pipeline import Pipeline
from kedro.runner import SequentialRunner, ThreadRunner
from kedro_datasets.pickle import PickleDataset
from projects import kedro, make_project

from kedro_faucet import ResourceDataset, engines, pipelines
from kedro_faucet.exceptions import ConfigError, FaucetError
from kedro_faucet.nodes.cube import Cube
from kedro_faucet.nodes.forecast import TimeSeries
from kedro_faucet.nodes.star import Count, Sum

FIRST, NOVEMBER, DECEMBER = date(2013, 9, 1), date(2013, 11, 30), date(2013, 12, 31)
SALES = TimeSeries(time="day", every="day", by=["shop"], measure=Sum("amount"))
KINDS = ["", "_history", "_backtest", "_leaderboard", "_card", "_review"]
MODELS = ["drift", "seasonal_naive"]
Rows = list[dict[str, Any]]
BROKEN = pa.table({"shop": ["Rom"], "day": [NOVEMBER], "amount": [float("inf")]})


def sales(last: date, shops: tuple[str, ...] = ("Bern", "Ulm")) -> pa.Table:
    """Rows of sales, two a day and shop, that rise, and rise and fall with the week."""
    days = [FIRST + timedelta(number) for number in range((last - FIRST).days + 1)]
    rows = [(shop, day) for shop in shops for day in days for _ in range(2)]
    amounts = [number // 20 + day.isoweekday() * (2 + len(shop)) for number, (shop, day) in enumerate(rows)]
    columns = {"shop": [shop for shop, _ in rows], "day": [day for _, day in rows]}
    return pa.table({**columns, "amount": pa.array(amounts, pa.float64())})


def pipeline(**options: Any) -> Pipeline:
    """The forecast of the sales, a week ahead."""
    return pipelines.forecast("sales", "lake/sales", options.pop("series", SALES), 7, MODELS, **options)


def catalog(path: Path, last: date, run_id: str, rows: pa.Table | None = None) -> DataCatalog:
    """A lake with sales, and places for what is made: earlier forecasts and models are kept."""
    key = {"mode": "merge", "key": ["unique_id", "cutoff", "ds"]}
    made = {f"forecast/sales{kind}": ResourceDataset(filepath=f"{path}/sales{kind}") for kind in KINDS}
    made["forecast/sales"] = ResourceDataset(filepath=f"{path}/sales", save_args=key)
    made["lake/sales"] = ResourceDataset(filepath=f"{path}/lake")
    made["lake/sales"].save(engines.connect().from_frame(sales(last) if rows is None else rows))
    model = PickleDataset(filepath=str(path / "model.pkl"), version=Version(None, f"{last}-{run_id}"))
    return DataCatalog({**made, "sales_model": model, "params:run_id": MemoryDataset(run_id)})


def rows(catalog: DataCatalog, name: str, order: str = "1") -> Rows:
    """The rows of a resource."""
    table = catalog.load(name)
    engine = engines.engine_of(table)
    found: Rows = engine.to_arrow(engine.sql(f"select * from t order by {order}", t=table)).to_pylist()
    return found


def test_a_run_makes_forecasts_with_proof_and_card(tmp_path: Path) -> None:
    """Every series is forecast from its last day on, proven over three windows, and its models have a card each."""
    tables = catalog(tmp_path, NOVEMBER, "first")
    SequentialRunner().run(pipeline(), tables)
    made = rows(tables, "forecast/sales", "unique_id, ds")
    assert [row["ds"] - NOVEMBER for row in made] == [timedelta(step) for _ in range(2) for step in range(1, 8)]
    assert {(row["unique_id"], row["shop"], row["cutoff"], row["run_id"]) for row in made} == {
        ("Bern", "Bern", NOVEMBER, "first"), ("Ulm", "Ulm", NOVEMBER, "first"),
    }  # fmt: skip
    assert all(row["Drift-lo-95"] <= row["Drift-lo-80"] <= row["Drift"] <= row["Drift-hi-80"] for row in made)
    assert len({row["cutoff"] for row in rows(tables, "forecast/sales_backtest")}) == 3
    cards = rows(tables, "forecast/sales_card")
    assert [(card["model"], card["run_id"], card["horizon"]) for card in cards] == [
        ("Drift", "first", 7), ("SeasonalNaive", "first", 7),
    ]  # fmt: skip
    board = {row["model"]: row["mase"] for row in rows(tables, "forecast/sales_leaderboard")}
    assert {card["model"]: card["mase"] for card in cards} == board
    assert board["SeasonalNaive"] < board["Drift"]


@pytest.mark.parametrize("runner", [SequentialRunner, ThreadRunner])
def test_plots_are_figures(tmp_path: Path, runner: type) -> None:
    """The forecast is drawn with a panel for each series, the leaderboard with a bar for each model."""
    tables = catalog(tmp_path, NOVEMBER, "first")
    tables["sales_plot"], tables["sales_leaderboard_plot"] = MemoryDataset(), MemoryDataset()
    runner().run(pipeline(), tables)
    texts = [note.text for note in tables.load("sales_plot").layout.annotations]
    assert {"<b>Bern</b>", "<b>Ulm</b>"} <= set(texts)
    assert tables.load("sales_leaderboard_plot").data[0].y == ("SeasonalNaive", "Drift")


def test_earlier_forecasts_are_reviewed(tmp_path: Path) -> None:
    """With more days, both cutoffs are kept, and the earlier one is compared with what came."""
    for last, run_id in ((NOVEMBER, "first"), (DECEMBER, "second")):
        tables = catalog(tmp_path, last, run_id)
        SequentialRunner().run(pipeline(), tables)
        if last == NOVEMBER:
            assert rows(tables, "forecast/sales_review") == []
    made = rows(tables, "forecast/sales")
    assert {(row["cutoff"], row["run_id"]) for row in made} == {(NOVEMBER, "first"), (DECEMBER, "second")}
    review = rows(tables, "forecast/sales_review", "model")
    assert [(row["cutoff"], row["model"], row["forecasts"]) for row in review] == [
        (NOVEMBER, "Drift", 14), (NOVEMBER, "SeasonalNaive", 14),
    ]  # fmt: skip
    came = {(row["unique_id"], row["ds"]): row["y"] for row in rows(tables, "forecast/sales_history")}
    errors = [abs(came[row["unique_id"], row["ds"]] - row["Drift"]) for row in made if row["cutoff"] == NOVEMBER]
    sizes = [came[row["unique_id"], row["ds"]] + row["Drift"] for row in made if row["cutoff"] == NOVEMBER]
    smape = sum(200 * error / size for error, size in zip(errors, sizes, strict=True)) / 14
    assert review[0]["smape"] == pytest.approx(smape)


def test_kept_forecasts_may_get_another_model(tmp_path: Path) -> None:
    """A model that is added later has no forecasts of earlier cutoffs, which are reviewed by the others."""
    for last, models in ((NOVEMBER, "drift"), (DECEMBER, MODELS)):
        tables = catalog(tmp_path, last, str(last))
        SequentialRunner().run(pipelines.forecast("sales", "lake/sales", SALES, 7, models), tables)
    found = {(row["cutoff"], row["SeasonalNaive"] is None) for row in rows(tables, "forecast/sales")}
    assert found == {(NOVEMBER, True), (DECEMBER, False)}
    board = [(row["model"], row["forecasts"]) for row in rows(tables, "forecast/sales_review", "forecasts desc")]
    assert board[0] == ("Drift", 14)


def test_a_kept_model_forecasts_again(tmp_path: Path) -> None:
    """refit=False forecasts new days with the model that an earlier run kept, and keeps none of its own."""
    SequentialRunner().run(pipeline(), catalog(tmp_path, NOVEMBER, "first"))
    tables = catalog(tmp_path, DECEMBER, "second")
    again = pipeline(refit=False)
    SequentialRunner().run(again, tables)
    assert "forecast_sales_fit" not in {node.name for node in again.nodes}
    assert [path.name for path in (tmp_path / "model.pkl").iterdir()] == [f"{NOVEMBER}-first"]
    assert {card["last_time"] for card in rows(tables, "forecast/sales_card")} == {str(NOVEMBER)}
    assert {row["cutoff"] for row in rows(tables, "forecast/sales")} == {NOVEMBER, DECEMBER}


def test_a_series_that_cannot_be_forecast_stops_the_run_by_name(tmp_path: Path) -> None:
    """An infinite value in a series among good ones is named, with what would go on without it."""
    some = pa.concat_tables([sales(NOVEMBER), BROKEN])
    with pytest.raises(FaucetError, match=r"(?s)on_error='skip'.*Rom: "):
        SequentialRunner().run(pipeline(), catalog(tmp_path, NOVEMBER, "first", some))


def test_a_series_that_cannot_be_forecast_can_be_skipped(tmp_path: Path) -> None:
    """With on_error="skip" the others are forecast, and one row says why that one is not; it can be merged again."""
    some = pa.concat_tables([sales(NOVEMBER), BROKEN])
    for run_id in ("first", "second"):
        tables = catalog(tmp_path, NOVEMBER, run_id, some)
        SequentialRunner().run(pipeline(on_error="skip"), tables)
    made = rows(tables, "forecast/sales", "unique_id, ds")
    [rom] = [row for row in made if row["unique_id"] == "Rom"]
    assert (rom["cutoff"], rom["ds"], rom["Drift"], rom["run_id"]) == (NOVEMBER, NOVEMBER, None, "second")
    assert rom["error"]
    assert [row["error"] for row in made if row["unique_id"] != "Rom"] == [None] * 14
    assert rows(tables, "forecast/sales_review") == []


def test_a_cube_and_its_fact_give_the_same_forecasts(tmp_path: Path) -> None:
    """The cells of a cube are forecast as the rows are that they were counted from."""
    cube = Cube("sales", fact="sale", by=["day", "shop"], measures=[Count(), Sum("amount")])
    cells = cube.build(engines.connect().from_frame(sales(NOVEMBER)))
    found = []
    for number, (source, series) in enumerate([(sales(NOVEMBER), SALES), (cells, replace(SALES, cube=cube))]):
        given = source if isinstance(source, pa.Table) else engines.connect().to_arrow(source)
        tables = catalog(tmp_path / str(number), NOVEMBER, "first", given)
        SequentialRunner().run(pipeline(series=series), tables)
        found.append([rows(tables, f"forecast/sales{kind}", "unique_id, ds") for kind in ("", "_history")])
    assert len(found[0][0]) == 14
    assert found[0] == found[1]


def test_what_is_not_a_time_series_is_refused() -> None:
    """Columns instead of a TimeSeries are refused by name."""
    with pytest.raises(ConfigError, match=r"series=TimeSeries\(...\), not a list"):
        pipelines.forecast("sales", "lake/sales", ["day"], 7)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("horizon", "models", "message"),
    [(0, "theta", "horizon=0"), (7, ["theta", "driftt"], "no model 'driftt'. Did you mean 'drift'?")],
)
def test_what_cannot_be_forecast_is_refused_before_anything_runs(horizon: int, models: Any, message: str) -> None:
    """A horizon of nothing and a misspelt model are refused when the pipeline is made."""
    with pytest.raises(ConfigError, match=re.escape(message)):
        pipelines.forecast("sales", "lake/sales", SALES, horizon, models)


@pytest.mark.parametrize("options", [{"levels": [0.8]}, {"on_error": "skp"}, {"windows": 0}])
def test_an_option_that_cannot_be_is_refused_before_anything_runs(options: dict[str, Any]) -> None:
    """A level that is no percentage, a way with errors that there is not, and no window: told by name."""
    with pytest.raises(ConfigError, match=next(iter(options))):
        pipeline(**options)


def test_an_option_that_there_is_not_is_refused_before_anything_runs() -> None:
    """A misspelt option is refused when the pipeline is made, with the one that is near."""
    with pytest.raises(ConfigError, match=r"There is no option 'season_lenght'\. Did you mean 'season_length'\?"):
        pipelines.forecast("sales", "lake/sales", SALES, 7, season_lenght=7)


def test_nodes_can_be_sent_to_another_process_and_show_their_sql() -> None:
    """ParallelRunner can pickle every node; the one that makes the series shows its SQL."""
    nodes = {node.name: pickle.loads(pickle.dumps(node)) for node in pipeline().nodes}
    assert "calendar" in nodes["forecast_sales_series"].preview().content
    assert {tag for node in nodes.values() for tag in node.tags} == {"forecast"}


PROJECT = {
    "conf/base/providers.yml": "providers:\n  raw: {path: data/raw, format: csv}\n  forecast: {path: data/forecast}\n",
    "src/shop/pipeline_registry.py": """\
        from kedro_faucet import pipelines
        from kedro_faucet.nodes.forecast import TimeSeries
        from kedro_faucet.nodes.star import Sum

        SALES = TimeSeries(time="day", every="day", by=["shop"], measure=Sum("amount"))


        def register_pipelines():
            return {"__default__": pipelines.forecast("sales", "raw/sales", SALES, 7, "seasonal_naive", levels=())}
    """,
}


@pytest.mark.parametrize(
    ("parameters", "arguments", "expected"),
    [("", [], None), ("run_id: mine\n", [], "mine"), ("run_id: mine\n", ["--params", "run_id=asked"], "asked")],
    ids=["the run's own", "a project's parameter", "an argument"],
)
def test_forecasts_tell_the_run_that_made_them(tmp_path: Path, parameters, arguments, expected) -> None:
    """The run's name is Kedro's, unless the project or the command line gives one."""
    root = make_project(tmp_path, {**PROJECT, "conf/base/parameters.yml": f"where: here\n{parameters}"})
    path = root / "data/raw/sales.csv"
    path.parent.mkdir(parents=True)
    found = sales(NOVEMBER)
    lines = zip(*(found[name].to_pylist() for name in ("shop", "day", "amount")), strict=True)
    path.write_text("shop,day,amount\n" + "".join(f"{shop},{day},{amount}\n" for shop, day, amount in lines))
    done = kedro(root, "run", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    tables = DataCatalog({"made": ResourceDataset(filepath=str(root / "data/forecast/sales"))})
    ids = {row["run_id"] for row in rows(tables, "made")}
    assert len(ids) == 1
    assert ids == {expected} if expected else ids.pop()[:2] == "20"
