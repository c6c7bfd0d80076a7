"""The factories of the menu and the modules that they are written in."""

from importlib import import_module
from pkgutil import iter_modules

import pytest
from kedro.pipeline import Pipeline

from kedro_faucet import pipelines
from kedro_faucet.nodes.cube import Cube
from kedro_faucet.nodes.hygiene import CleanNames
from kedro_faucet.nodes.star import Count, Dimension, Fact, Role, StarSchema


@pytest.mark.parametrize("name", [module.name for module in iter_modules(pipelines.__path__)])
def test_module_and_factory_have_names_of_their_own(name: str) -> None:
    """A factory hides no module: both can be imported from the package."""
    assert import_module(f"kedro_faucet.pipelines.{name}") is getattr(pipelines, name)


SCHEMA = StarSchema(
    [Dimension("airport", source="lake/airports", key="faa")],
    [Fact("flight", "lake/flights", grain=["flight"], dimensions={"origin": Role("airport", "origin")})],
)
CUBE = Cube("delays", fact="flight", by=["origin.faa"], measures=[Count()])
TWICE = {
    "copy": lambda target, **named: pipelines.copy("source", target, ["words"], **named),
    "clean": lambda target, **named: pipelines.clean("source/words", f"{target}/words", [CleanNames()], **named),
    "history": lambda target, **named: pipelines.history("source/fleet", f"{target}/fleet", **named),
    "star": lambda target, **named: pipelines.star(SCHEMA, target, **named),
    "cubes": lambda target, **named: pipelines.cubes([CUBE], SCHEMA, target=target, **named),
    "publish": lambda target, **named: pipelines.publish(["star/dim_date"], f"{target}/mart", **named),
}


@pytest.mark.parametrize("factory", TWICE)
def test_two_of_one_factory_stand_side_by_side(factory: str) -> None:
    """Names tell the targets, or are given; a node of one name has one name in a namespace too."""
    both = TWICE[factory]("lake") + TWICE[factory]("mart")
    assert len({node.name for node in both.nodes}) == len(both.nodes) >= 2
    named = TWICE[factory]("lake", name="my own") + TWICE[factory]("mart", name="other")
    assert all(node.name.startswith(("my_own", "other")) for node in named.nodes)
    shop = Pipeline(both.nodes, namespace="shop")
    assert {node.name for node in shop.nodes} == {f"shop.{node.name}" for node in both.nodes}


def test_copies_of_copies_run_one_after_another() -> None:
    """The same name on three providers is two nodes, in their order."""
    both = pipelines.copy("source", "lake", ["words"]) + pipelines.copy("lake", "mart", ["words"])
    assert [node.name for node in both.nodes] == ["copy_lake_words", "copy_mart_words"]
