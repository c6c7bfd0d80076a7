"""How a resource takes rows, from the words of its entry."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from kedro_faucet.datasets.options import listed
from kedro_faucet.engines import Engine, Table, quote
from kedro_faucet.exceptions import ResourceError

if TYPE_CHECKING:
    from kedro_faucet.datasets.resource import ResourceDataset
    from kedro_faucet.storage.intake.incremental import Incremental
    from kedro_faucet.storage.intake.intake import Intake
    from kedro_faucet.storage.intake.policy import Policy


def as_table(engine: Engine, data: Any, name: str) -> Table:
    """Return what a node gives as a table of the engine.

    Raises:
        ResourceError: if it is a snapshot, which a history keeps.
    """
    from kedro_faucet.nodes.history import Snapshot

    if isinstance(data, Snapshot):
        raise ResourceError(
            f"'{name}' cannot keep a Snapshot, a history does: write an entry for it into catalog.yml, "
            "of type kedro_faucet.HistoryDataset, with its key."
        )
    return engine.table(data)


def increment(mode: str, said: Mapping[str, Any]) -> Incremental | None:
    """Return which rows are new by a cursor, if an entry says one.

    Raises:
        ResourceError: if the mode does not add, or there is neither a cursor nor files.
    """
    from kedro_faucet.storage.intake.incremental import Incremental

    if not said:
        return None
    if mode not in {"append", "merge"}:
        raise ResourceError(f"incremental adds to what is there: it needs mode: merge or append, not {mode}.")
    if said.get("files"):
        if len(said) > 1:
            raise ResourceError("incremental: files: true takes each file once, and needs neither cursor nor lookback.")
        return None
    if "cursor" not in said:
        raise ResourceError("incremental needs a cursor, as in incremental: {cursor: loaded_at}, or files: true.")
    rest = {name: value for name, value in said.items() if name != "files"}
    return Incremental(**rest, inclusive=mode == "merge")


def intake(
    mode: str,
    save_args: Mapping[str, Any],
    increment: Incremental | None,
    incremental: Mapping[str, Any],
    put_aside: Callable[[Table], None],
) -> Intake:
    """Return what an entry says of incoming rows."""
    from kedro_faucet.storage.intake.intake import Intake

    audit, by_files = save_args.get("audit") or (), bool(incremental.get("files"))
    noted = ["loaded_at", "run_id"] if audit is True else listed(audit)
    noted += [name for name in ("loaded_at", "source_file") if by_files and name not in noted]
    if save_args.get("delete_missing") and mode != "merge":
        raise ResourceError(f"delete_missing belongs to mode: merge; mode: {mode} does not use it.")
    policy: Policy = save_args.get("schema") or "evolve"
    deletes = bool(save_args.get("delete_missing"))
    return Intake(increment, by_files, mode == "merge", policy, tuple(noted), put_aside, deletes)


def put_aside(dataset: ResourceDataset, engine: Engine, rejected: Table) -> None:
    """Keep rows that a resource does not take in one beside it, each once however often it comes."""
    from kedro_faucet.storage.places.locations import aside

    names = ", ".join(map(quote, rejected.columns))
    text = f"select distinct surrogate_key({names}) as kf_id, {names} from rejected"
    rows = engine.persist(engine.sql(text, rejected=rejected))
    [(count,)] = engine.rows(engine.sql("select count(*) as n from t", t=rows))
    given: dict[str, Any] = dataset._init_args  # type: ignore[attr-defined]  # Kedro keeps them
    place = "table" if given.get("table") else "filepath"
    name = f"{dataset._name()}__rejected"
    said = {
        place: aside(str(given[place])),
        "save_args": {"mode": "merge", "key": "kf_id", "audit": True},
        "incremental": None,
        "deferred": None,
        "metadata": {"kedro_faucet": {"resource": name}},
    }
    type(dataset)(**{**given, **said}).save(rows)
    logging.getLogger(__name__).warning("'%s': %s rows put aside in '%s'", dataset._name(), count, name)
