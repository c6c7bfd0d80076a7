"""Rows that were being added when a run was stopped: there, or not, so that they are never added twice."""

from __future__ import annotations

import inspect
from typing import Any

from kedro_faucet.engines.delta_log import is_committed
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.ledger.changes.past import appended_from
from kedro_faucet.ledger.measures import is_delta
from kedro_faucet.ledger.records import RunRecord
from kedro_faucet.ledger.versions import version


def is_appended(node: Any, run: RunRecord, catalog: Any) -> bool:
    """Tell whether the rows are there that a node was adding when its run was stopped.

    Args:
        node: Kedro's.
        run: the run.
        catalog: Kedro's.

    Raises:
        ResourceError: if that cannot be told.
    """
    found = [_is_there(node, name, before, run, catalog) for name, before in appended_from(run, node.name).items()]
    if len(set(found)) > 1 or None in found:
        names = ", ".join(f"'{name}'" for name in appended_from(run, node.name))
        raise ResourceError(
            f"Node '{node.name}' was adding rows to {names} when run {run.name} was stopped, and whether all of them "
            f"are there cannot be told. Look, remove what is there of them, and run it: kedro run --nodes {node.name}"
        )
    return bool(found and found[0])


def _is_there(node: Any, name: str, before: str | None, run: RunRecord, catalog: Any) -> bool | None:
    dataset = catalog.get(name)
    if before is None:
        return None
    if version(dataset) == before:
        return False
    if not is_delta(dataset):
        return None
    committed = is_committed(dataset.location, run.name, int(before.partition("-")[0] or -1))
    # One commit holds all rows; of a function that gives parts, there may be more to come.
    return None if committed and inspect.isgeneratorfunction(node.func) else committed
