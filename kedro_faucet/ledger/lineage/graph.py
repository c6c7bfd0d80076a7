"""The lineage of a pipeline: what its nodes tell, node by node, as far as it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from inspect import ismodule
from typing import Any, NamedTuple

from kedro_faucet.exceptions import FaucetError
from kedro_faucet.ledger.lineage.schemas import stored
from kedro_faucet.nodes.lineage import ALL, Origin, Place, Traced, tell, unknown

VALUE, USE, ROWS = "value", "use", "rows"
"""How a column depends on another: computed from it, by rows that it orders or parts, or as it chooses all rows."""


class Edge(NamedTuple):
    """A column, another that it depends on, how, and by which node."""

    to: Place
    source: Place
    kind: str
    node: str


class Lineage:
    """What the nodes of a pipeline tell of the columns of their outputs.

    Args:
        pipeline: Kedro's.
        catalog: Kedro's, for parameters and for the columns of what no node makes.
    """

    def __init__(self, pipeline: Any, catalog: Any) -> None:
        """Keep them; a node is asked when somebody asks of its outputs."""
        self.pipeline, self.catalog = pipeline, catalog
        self.makers = {plain(name): node for node in pipeline.nodes for name in node.outputs}
        self.made = cache(self._made)
        self.table = cache(self._table)

    @property
    def datasets(self) -> list[str]:
        """The datasets of the pipeline."""
        return sorted({plain(name) for name in self.pipeline.datasets() if not is_parameter(name)})

    def why(self, dataset: str) -> str:
        """Return why the columns that a node makes are not known; nothing where they are."""
        found = self.made(self.makers[dataset])[dataset] if dataset in self.makers else None
        return found.why if found and ALL in found.columns else ""

    def columns(self, dataset: str) -> Mapping[str, Origin]:
        """Return where the columns of a dataset come from, in its first step; those of a source from nowhere."""
        if dataset in self.makers:
            return self.made(self.makers[dataset])[dataset].columns
        return dict.fromkeys(self.table(dataset).columns, Origin())

    def above(self, place: Place) -> Iterator[Edge]:
        """Yield what a column depends on."""
        node = self.makers.get(place.dataset)
        if node is None:
            return
        table = self.made(node)[place.dataset]
        if place.column == ALL and ALL not in table.columns:
            yield from (Edge(place, source, VALUE, node.name) for source in _whole(table))
            return
        origin = table.origin(place.column)
        for kind, found in ((VALUE, origin.values), (USE, origin.uses), (ROWS, table.rows)):
            yield from (Edge(place, source, kind, node.name) for source in found)

    def below(self, place: Place) -> Iterator[Edge]:
        """Yield what depends on a column."""
        for node in self.pipeline.nodes:
            if place.dataset in map(plain, node.inputs):
                for dataset, table in self.made(node).items():
                    yield from _edges(place, dataset, table, node.name)

    def _made(self, node: Any) -> dict[str, Traced]:
        """Return the columns of each output of a node."""
        given, named = _arguments(node, self._given)
        tables = [self.table(plain(name)) for name in node.inputs if not is_parameter(name)]
        try:
            owner = getattr(node.func, "__self__", None)
            is_brick = owner is not None and not ismodule(owner)
            found = (
                tell(owner, *given, **named) if is_brick else unknown(tables, "a Python function does not tell columns")
            )
            outputs = _outputs(node, found)
        except Exception as error:  # a brick's own, too: what fails to tell its columns still has inputs and outputs
            said = error.message if isinstance(error, FaucetError) else f"{type(error).__name__}: {error}"
            outputs = dict.fromkeys(node.outputs, unknown(tables, said.partition("\n")[0]))
        return {plain(name): self._loaded(name, table) for name, table in outputs.items()}

    def _given(self, name: str) -> Any:
        if not is_parameter(name):
            return self.table(plain(name))
        try:
            return self.catalog.load(name)
        except Exception:  # what only a run has
            return None

    def _loaded(self, name: str, saved: Traced) -> Traced:
        """Return the columns of a dataset as it is loaded, which may be more than those that are saved."""
        loads = getattr(self.catalog.get(name), "lineage", None)
        return loads(saved) if loads else saved

    def _table(self, dataset: str) -> Traced:
        """Return the columns of a dataset as a node reads it."""
        made = self.made(self.makers[dataset])[dataset] if dataset in self.makers else None
        if made is not None and made.types is not None and ALL not in made.columns:
            return Traced.read(dataset, made.types)
        types, why = stored(dataset, self.catalog)
        return Traced.read(dataset, types, why)


def plain(name: str) -> str:
    """Return a dataset's name without the transcoding that Kedro knows."""
    return name.partition("@")[0]


def is_parameter(name: str) -> bool:
    """Tell whether Kedro gives a parameter of the run under a name."""
    return name == "parameters" or name.startswith("params:")


def _arguments(node: Any, given: Any) -> tuple[list[Any], dict[str, Any]]:
    """Return what a node's function is called with, each input as it is given."""
    if isinstance(node._inputs, dict):
        return [], {name: given(dataset) for name, dataset in node._inputs.items()}
    return [given(name) for name in node.inputs], {}


def _outputs(node: Any, found: Any) -> dict[str, Traced]:
    """Return what is told of each output: several tables of one dataset have names before those of their columns."""
    if isinstance(node._outputs, dict) and isinstance(found, Mapping):
        return {dataset: found[name] for name, dataset in node._outputs.items()}
    if isinstance(found, Mapping):
        return dict.fromkeys(node.outputs, _together(found))
    return dict.fromkeys(node.outputs, found)


def _together(tables: Mapping[str, Traced]) -> Traced:
    return Traced({f"{name}.{key}": origin for name, table in tables.items() for key, origin in table.columns.items()})


def _whole(table: Traced) -> tuple[Place, ...]:
    return tuple(dict.fromkeys(Place(place.dataset, ALL) for place in (*table.places(), *table.rows)))


def _edges(place: Place, dataset: str, table: Traced, node: str) -> Iterator[Edge]:
    """Yield how the columns of an output depend on a column."""
    if place.column == ALL:
        yield Edge(Place(dataset, ALL), place, VALUE, node)
        return
    if _is_among(place, table.rows):
        yield Edge(Place(dataset, ALL), place, ROWS, node)
    for name, origin in table.columns.items():
        for kind, found in ((VALUE, origin.values), (USE, origin.uses)):
            if _is_among(place, found):
                yield Edge(Place(dataset, name), place, kind, node)


def _is_among(place: Place, found: tuple[Place, ...]) -> bool:
    return any(each.dataset == place.dataset and each.column.lower() in (ALL, place.column.lower()) for each in found)
