"""SQL files as nodes."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from kedro.pipeline import Node, Pipeline

from kedro_faucet.exceptions import ResourceError, did_you_mean
from kedro_faucet.nodes.sql import SqlQuery
from kedro_faucet.notebooks.node import caller_s_package
from kedro_faucet.pipelines.brick import SqlPreview, brick_node, named_parameters

Parameters = Mapping[str, str] | Sequence[str]


def sql(
    path: str,
    inputs: Mapping[str, str],
    output: str,
    *,
    parameters: Parameters = (),
    portable: bool = True,
    name: str | None = None,
) -> Pipeline:
    """Return a pipeline of one node: the SELECT in a file.

    ```python
    pipelines.sql("sql/clean_weather.sql", {"weather": "lake/weather"}, "lake/weather_hourly")
    pipelines.sql("sql/late.sql", {"flights": "lake/flights"}, "lake/late", parameters=["params:delay"])
    ```

    Args:
        path: the file, relative to the package that calls, so that ``kedro package`` ships it.
        inputs: the resources by the names that the file gives them.
        output: the resource that it makes.
        parameters: Kedro's parameters by the names that stand as ``$name`` in the file, or a list: ``params:delay`` is
            ``$delay``. They are bound as values: a list goes with ``in``, a text is never part of the query.
        portable: False for the whole SQL of the one engine that the project runs on.
        name: the node's name; default: ``sql_lake_weather_hourly`` for the output ``lake/weather_hourly``.

    Raises:
        ResourceError: if the file is missing.
        SqlError: if the file uses a parameter that is not given, or the other way round.
    """
    return Pipeline([_query_node(_folder(2), path, inputs, output, parameters, portable, name)])


def sql_node(
    path: str,
    inputs: Mapping[str, str],
    output: str,
    *,
    parameters: Parameters = (),
    portable: bool = True,
    name: str | None = None,
) -> Node:
    """Return the node of a SQL file, to put among a pipeline's other nodes; takes what ``sql`` takes."""
    return _query_node(_folder(2), path, inputs, output, parameters, portable, name)


def _query_node(
    folder: Path,
    path: str,
    inputs: Mapping[str, str],
    output: str,
    parameters: Parameters,
    portable: bool,
    name: str | None,
) -> Node:
    named = named_parameters(parameters)
    brick = SqlQuery(_read(folder, path), tuple(inputs), path, portable, tuple(named))
    datasets = [*inputs.values(), *named.values()]
    return brick_node(brick, datasets, output, name=name or f"sql_{output}", tag="sql", preview=SqlPreview(brick))


def _folder(depth: int) -> Path:
    """Return the folder of the top-level package that calls; of the file itself where there is no package."""
    caller = sys._getframe(depth).f_globals
    return caller_s_package(depth) or Path(caller.get("__file__") or "x").resolve().parent


def _read(folder: Path, path: str) -> str:
    file = folder / path
    if not file.is_file():
        there = [found.relative_to(folder).as_posix() for found in sorted(folder.rglob("*.sql"))]
        raise ResourceError(f"No SQL file '{path}' in {folder}.{did_you_mean(path, there)}")
    return file.read_text(encoding="utf-8")
