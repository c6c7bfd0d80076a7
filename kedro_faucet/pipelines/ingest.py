"""Ingest: copy resources as they are, and log their snapshots."""

from __future__ import annotations

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline

from kedro_faucet.exceptions import ConfigError
from kedro_faucet.nodes.copy import Copy, CopyEach
from kedro_faucet.nodes.split import Split
from kedro_faucet.pipelines.brick import SqlPreview, brick_node


def copy(source: str, target: str, names: Sequence[str], *, name: str | None = None) -> Pipeline:
    """Return a pipeline that copies resources from one provider to another, a node each.

    >>> [node.name for node in copy("source", "lake", ["flights", "planes"]).nodes]
    ['copy_lake_flights', 'copy_lake_planes']

    How each is saved (overwritten, appended, merged, only what is new) stands in the catalog, at the target.

    Args:
        source: the provider to read.
        target: the provider to write.
        names: the resources.
        name: what the nodes' names begin with; default: ``copy_lake`` for the provider ``lake``.

    Raises:
        ConfigError: if ``names`` is one text instead of a list.
    """
    if isinstance(names, str):
        raise ConfigError(f"pipelines.copy takes a list of names: ['{names}'].")
    prefix = name or f"copy_{target}"
    return Pipeline(_copy_node(f"{source}/{each}", f"{target}/{each}", f"{prefix}_{each}", "ingest") for each in names)


def history(
    source: str, target: str, at: str | None = None, *, zone: str | None = None, name: str | None = None
) -> Pipeline:
    """Return a pipeline that logs a resource's snapshots in a history.

    >>> [node.name for node in history("source/fleet", "lake/fleet", at="snapshot_at").nodes]
    ['history_lake_fleet']

    Args:
        source: the resource that holds full extracts.
        target: a resource of type ``HistoryDataset``.
        at: the column that tells the time of each snapshot, where the resource holds several; the history does not
            keep it. It may hold the names of files, out of which the time is read, or be ``kf_loaded_at``, the time of
            a load. Default: the resource is one
            snapshot of now, a feed, or all versions of a Delta table (``version: all``).
        zone: the zone of these times, as Europe/Berlin; default: UTC.
        name: the node's name; default: ``history_lake_fleet`` for the target ``lake/fleet``.

    Raises:
        ConfigError: if there is a zone, but no column of times of it.
        DataError: if there is no such zone.
    """
    name = name or f"history_{target}"
    if at is None and zone is not None:
        raise ConfigError(f"zone: {zone} is that of the times in a column, which at names; a resource of now has none.")
    if at == "kf_loaded_at" and zone is not None:
        raise ConfigError(f"zone: {zone} does not belong to kf_loaded_at, the time of a load, which is of UTC.")
    brick = CopyEach(source) if at is None else Split(at, zone)
    return Pipeline([brick_node(brick, [source], target, name=name, tag="history", preview=SqlPreview(brick))])


def _copy_node(source: str, target: str, name: str, tag: str) -> Node:
    brick = Copy(source)
    return brick_node(brick, [source], target, name=name, tag=tag, preview=SqlPreview(brick))
