"""Kedro's parameters reach the nodes of the factories, by the real command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import kedro, make_project

from kedro_faucet import ResourceDataset, pipelines, to_arrow
from kedro_faucet.exceptions import ConfigError
from kedro_faucet.nodes.cube import Cube
from kedro_faucet.nodes.forecast import TimeSeries
from kedro_faucet.nodes.star import Count, DateDimension, Fact, Role, StarSchema

FILES = {
    "conf/base/providers.yml": "providers:\n  raw: {path: data/raw, format: csv}\n  lake: {path: data/lake}\n",
    "conf/base/parameters.yml": """\
        limits: {low: 1, high: 2}
        shops: [Bern, Ulm]
        shop: {limits: {low: 2, high: 3}, shops: [Bern]}
    """,
    "conf/all/parameters.yml": "limits: {high: 9}\n",
    "data/raw/sales.csv": "shop,n\nBern,1\nBern,2\nUlm,3\nBern,3\n",
    "src/shop/sql/few.sql": """\
        select shop, cast(n as integer) as n
        from sales
        where cast(n as integer) between $low and $high and shop in $shops
    """,
    "src/shop/few.py": """\
        from kedro_faucet import pipelines

        FEW = ["params:limits.low", "params:limits.high", "params:shops"]


        def few(output, **options):
            return pipelines.sql("sql/few.sql", {"sales": "raw/sales"}, output, parameters=FEW, **options)
    """,
    "src/shop/pipeline_registry.py": """\
        from kedro.pipeline import pipeline

        from kedro_faucet import pipelines
        from shop.few import few


        def register_pipelines():
            inner = pipeline(few("lake/inner"), namespace="shop", inputs={"raw/sales"}, outputs={"lake/inner"})
            wrong = pipelines.sql("sql/few.sql", {"sales": "raw/sales"}, "lake/wrong", parameters={
                "low": "params:limits.lowest", "high": "params:limits.high", "shops": "params:shops",
            })
            return {"__default__": few("lake/few"), "twice": few("lake/few") + inner, "wrong": wrong}
    """,
}


def numbers(root: Path, name: str = "few") -> list[int]:
    """What a node has saved."""
    return sorted(to_arrow(ResourceDataset(filepath=str(root / f"data/lake/{name}")).load())["n"].to_pylist())


def run(root: Path, *arguments: str, fails: bool = False) -> str:
    """Run the project."""
    done = kedro(root, "run", *arguments)
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stderr


@pytest.mark.slow
def test_parameters_reach_sql_from_profiles_and_the_command_line(tmp_path: Path) -> None:
    """Nested ones, lists, a profile's, --params, and those of a namespace; a missing one is one line."""
    root = make_project(tmp_path, FILES)
    run(root, "--pipeline", "twice")
    assert (numbers(root), numbers(root, "inner")) == ([1, 2], [2, 3])
    run(root, "--env", "all")
    assert numbers(root) == [1, 2, 3, 3]
    run(root, "--params", "limits.low=3,limits.high=3", "--nodes", "sql_lake_few")
    assert numbers(root) == [3, 3]
    said = run(root, "--pipeline", "wrong", fails=True)
    assert "Error: Node 'sql_lake_wrong': there is no 'params:limits.lowest'" in said
    assert "Did you mean 'params:limits.low'?" in said
    assert "Traceback" not in said


def test_settings_of_a_star_and_a_cube_are_parameters() -> None:
    """By the names of brick and setting; the node reads them, and a setting that there is not is refused."""
    schema = StarSchema(
        [DateDimension("date")], [Fact("sale", "lake/sales", grain=["n"], dimensions={"date": Role("date", "day")})]
    )
    made = pipelines.star(schema, parameters={"date.fiscal_year_start": "params:fiscal", "date.last": "params:last"})
    node = next(each for each in made.nodes if each.name == "dim_date")
    assert node.inputs == ["lake/sales", "params:fiscal", "params:last"]
    cube = Cube("sales", fact="sale", by=["date.month"], measures=[Count()])
    [cell] = pipelines.cubes([cube], schema, parameters={"sales.sets": "params:sets"}).nodes
    assert cell.inputs == ["star/fact_sale", "star/dim_date", "params:sets"]
    for wrong, says in [({"dat.last": "params:x"}, "no 'dat'"), ({"date.lst": "params:x"}, "Did you mean 'last'")]:
        with pytest.raises(ConfigError, match=says):
            pipelines.star(schema, parameters=wrong)
    with pytest.raises(ConfigError, match=r"takes parameters, such as 'params:last', not '2013-12-31'"):
        pipelines.star(schema, parameters={"date.last": "2013-12-31"})


def test_a_setting_of_a_star_is_that_of_the_run() -> None:
    """The dimension is built with the parameter's value; a date may be the command line's text."""
    from kedro_faucet import engines

    schema = StarSchema(
        [DateDimension("date")], [Fact("sale", "lake/sales", grain=["n"], dimensions={"date": Role("date", "day")})]
    )
    made = pipelines.star(schema, parameters={"date.fiscal_year_start": "params:fiscal", "date.last": "params:last"})
    node = next(each for each in made.nodes if each.name == "dim_date")
    sales = engines.connect().sql("select 1 as n, date '2013-05-01' as day union all select 2, date '2023-05-01'")
    given = {"lake/sales": sales, "params:fiscal": 4, "params:last": "2013-12-31"}
    dates = engines.to_arrow(node.run(given)["star/dim_date"]).to_pylist()
    assert {row["fiscal_year"] for row in dates if row["year"] == 2013 and row["month"] == 5} == {2014}
    assert not [row for row in dates if row["year"] == 2023]
    with pytest.raises(ConfigError, match="'last' is a date, as in 2013-12-31, not 'x'"):
        node.run({**given, "params:last": "x"})


def test_settings_of_a_forecast_are_those_of_the_run() -> None:
    """Horizon, models and levels come with the run, and are checked then; what is fixed is checked at once."""
    from kedro_faucet import engines

    daily = TimeSeries(time="day", every="day", by=["shop"], measure=Count())
    options = {"horizon": "params:ahead", "models": "params:models", "levels": "params:levels"}
    made = pipelines.forecast("sales", "lake/sales", daily, **options)
    fit = next(node for node in made.nodes if node.name == "forecast_sales_fit")
    assert fit.inputs == ["forecast/sales_history", *options.values()]
    rows = ", ".join(f"('Bern', timestamp '2013-01-{day:02d}', {day % 7}.0)" for day in range(1, 29))
    panel = engines.connect().sql(f"select * from (values {rows}) v(unique_id, ds, y)")
    given = {"forecast/sales_history": panel, "params:ahead": 3, "params:models": ["drift"], "params:levels": [90]}
    model = fit.run(given)["sales_model"]
    assert (model.horizon, model.models[0].columns[-1]) == (3, "Drift-hi-90")
    with pytest.raises(ConfigError, match=r"Parameters of the run: horizon='three'"):
        fit.run({**given, "params:ahead": "three"})
    with pytest.raises(ConfigError, match="Did you mean 'levels'"):
        pipelines.forecast("sales", "lake/sales", daily, horizon="params:ahead", level="params:levels")
