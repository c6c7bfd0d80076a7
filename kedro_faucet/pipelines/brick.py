"""How a brick becomes a node: named, tagged, and shown with its SQL by Kedro-Viz."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Protocol

from kedro.pipeline import Node
from kedro.pipeline.preview_contract import MermaidPreview, TextPreview

from kedro_faucet.exceptions import ConfigError, did_you_mean
from kedro_faucet.nodes.lineage import tell
from kedro_faucet.notebooks.node import BrickNode, variable_of


class Brick(Protocol):
    """What a node is made of."""

    @property
    def build(self) -> Callable[..., Any]:
        """The function of the node."""
        ...


class ShowsSql(Protocol):
    """What can show its SQL."""

    def sql(self) -> str:
        """Return the SQL."""
        ...


@dataclass(frozen=True)
class SqlPreview:
    """Shows a brick's SQL."""

    brick: ShowsSql

    def show(self) -> TextPreview:
        """Return the SQL as text."""
        return TextPreview(content=self.brick.sql().strip(), meta={"language": "sql"})


@dataclass(frozen=True)
class DiagramPreview:
    """Shows a diagram."""

    text: str

    def show(self) -> MermaidPreview:
        """Return the diagram."""
        return MermaidPreview(content=self.text)


def brick_node(
    brick: Brick,
    inputs: Sequence[str] | Mapping[str, str],
    output: str | dict[str, str],
    *,
    name: str,
    tag: str,
    preview: SqlPreview | DiagramPreview | None,
) -> Node:
    """Return the node of a brick.

    Args:
        brick: the brick.
        inputs: the datasets that ``build`` takes, in order or by argument.
        output: the dataset that it makes, or several by the names in the brick's result.
        name: the node's name; what Kedro does not allow in it becomes ``_``.
        tag: the chapter.
        preview: what Kedro-Viz shows beside the node, if anything.
    """
    with warnings.catch_warnings():
        # Previews of nodes are new in Kedro, which says so at each; our users did not ask for them.
        warnings.simplefilter("ignore")
        return BrickNode(
            brick.build,
            dict(inputs) if isinstance(inputs, Mapping) else list(inputs),
            output,
            name=re.sub(r"[^\w.-]+", "_", name),
            tags=[tag],
            preview_fn=preview.show if preview else None,
        )


def named_parameters(given: Mapping[str, str] | Sequence[str]) -> dict[str, str]:
    """Return Kedro's parameters by the names that a brick gives them.

    >>> named_parameters(["params:model.horizon"]), named_parameters({"ahead": "params:horizon"})
    ({'horizon': 'params:model.horizon'}, {'ahead': 'params:horizon'})

    Raises:
        ConfigError: if something is given that is no parameter of Kedro's.
    """
    listed = [given] if isinstance(given, str) else given
    named = dict(listed) if isinstance(listed, Mapping) else {variable_of(each): each for each in listed}
    for name, dataset in named.items():
        if not is_parameter(dataset):
            raise ConfigError(f"parameters= takes parameters, such as 'params:{name}', not {dataset!r}.")
    if len(named) < len(listed):
        raise ConfigError(f"Two of {', '.join(listed)} have one name: give {{name: parameter}}.")
    return named


def is_parameter(value: Any) -> bool:
    """Tell whether a value is the name of one of Kedro's parameters."""
    return isinstance(value, str) and value.startswith("params:")


@dataclass(frozen=True)
class Adjusted:
    """A brick some of whose settings are parameters of the run.

    Args:
        brick: the brick, with other values of these settings.
        settings: their names; ``build`` takes their values by name, or behind the tables.
    """

    brick: Any
    settings: tuple[str, ...]

    def build(self, *given: Any, **named: Any) -> Any:
        """Return what the brick makes with the values of the run."""
        brick, tables, rest = self._adjusted(given, named)
        return brick.build(*tables, **rest)

    def lineage(self, *given: Any, **named: Any) -> Any:
        """Return what the brick tells with the values of the run."""
        brick, tables, rest = self._adjusted(given, named)
        return tell(brick, *tables, **rest)

    def _adjusted(self, given: Any, named: dict[str, Any]) -> tuple[Any, Any, dict[str, Any]]:
        """Return the brick with the values of the run, and the tables that are left."""
        count = 0 if named else len(self.settings)
        tables, last = given[: len(given) - count], given[len(given) - count :]
        values = dict(zip(self.settings, last, strict=True)) if count else {}
        values |= {name: named.pop(name) for name in self.settings if name in named}
        values = {name: _dated(name, value, getattr(self.brick, name)) for name, value in values.items()}
        return replace(self.brick, **values), tables, named


def _dated(name: str, value: Any, usual: Any) -> Any:
    """Return a date where one is expected: the command line gives texts."""
    if not (isinstance(usual, date) and isinstance(value, str)):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ConfigError(f"The setting '{name}' is a date, as in 2013-12-31, not '{value}'.") from None


def adjusted_node(
    brick: Any, inputs: Sequence[str] | Mapping[str, str], output: str, parameters: Mapping[str, str], **about: Any
) -> Node:
    """Return the node of a brick, with settings that are parameters of Kedro's.

    Args:
        brick: the brick.
        inputs: the datasets that ``build`` takes, in order or by argument.
        output: the dataset that it makes.
        parameters: Kedro's parameters by the brick's settings.
        about: the rest of what ``brick_node`` takes.

    Raises:
        ConfigError: if the brick has no such setting.
    """
    known = [each.name for each in fields(brick) if each.name not in _STRUCTURE]
    for name in parameters:
        if name not in known:
            hint = did_you_mean(name, known)
            raise ConfigError(
                f"'{brick.name}' has no setting '{name}' that could be a parameter.{hint} There are {', '.join(known)}."
            )
    named_parameters(parameters)
    if parameters:
        brick = Adjusted(brick, tuple(parameters))
    both: Any = {**inputs, **parameters} if isinstance(inputs, Mapping) else [*inputs, *parameters.values()]
    return brick_node(brick, both, output, **about)


# What a pipeline is made of cannot change from run to run.
_STRUCTURE = {"name", "source", "dimensions", "fact"}


def settings_of(parameters: Mapping[str, str], bricks: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return Kedro's parameters by brick and setting.

    >>> settings_of({"date.fiscal_year_start": "params:fiscal"}, ["date", "airport"])
    {'date': {'fiscal_year_start': 'params:fiscal'}, 'airport': {}}

    Raises:
        ConfigError: if there is no such brick.
    """
    found: dict[str, dict[str, str]] = {name: {} for name in bricks}
    for path, parameter in parameters.items():
        name, _, setting = path.partition(".")
        if name not in found:
            raise ConfigError(f"parameters=: there is no '{name}' ({path}).{did_you_mean(name, bricks)}")
        found[name][setting] = parameter
    return found
