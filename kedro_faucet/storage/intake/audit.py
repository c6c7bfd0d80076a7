"""Audit columns: when a row was loaded, by which run, and from which file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from kedro_faucet.config.run import current_run
from kedro_faucet.engines import Engine, Table, literal, quote
from kedro_faucet.exceptions import DataError, ResourceError, did_you_mean

AUDIT = {"loaded_at": "kf_loaded_at", "run_id": "kf_run_id", "source_file": "kf_source_file"}
"""What a resource may note of its rows, and the columns' names; they count in no comparison and in no history."""
COLUMNS = tuple(AUDIT.values())


def audited(engine: Engine, rows: Table, names: Sequence[str]) -> Table:
    """Return rows with audit columns; those that came with them from another resource are replaced.

    >>> from kedro_faucet import engines
    >>> engine = engines.connect()
    >>> audited(engine, engine.sql("select 1 as n"), ["loaded_at", "run_id"]).columns
    ['n', 'kf_loaded_at', 'kf_run_id']

    Args:
        engine: whose rows they are.
        rows: what is saved.
        names: of ``loaded_at`` (a time of UTC), ``run_id``, ``source_file``.

    Raises:
        ResourceError: if there is no such column.
        DataError: if the file of rows is asked for that were not read from files.
    """
    for name in names:
        if name not in AUDIT:
            raise ResourceError(
                f"audit: there is no '{name}'.{did_you_mean(name, AUDIT)} There are: {', '.join(AUDIT)}."
            )
    if "source_file" in names:
        rows = with_files(engine, rows)
    kept = [quote(name) for name in rows.columns if name not in COLUMNS]
    noted = [f"{_value(name)} as {AUDIT[name]}" for name in names]
    return engine.sql(f"select {', '.join([*kept, *noted])} from incoming", incoming=rows)


def _value(name: str) -> str:
    if name == "loaded_at":
        return literal(datetime.now(UTC).replace(tzinfo=None))
    if name == "run_id":
        run = current_run().id
        return f"cast({literal(run) if run else 'null'} as varchar)"
    return AUDIT[name]


def without_audit(engine: Engine, rows: Table) -> Table:
    """Return rows without the audit columns that they came with.

    >>> from kedro_faucet import engines
    >>> engine = engines.connect()
    >>> without_audit(engine, engine.sql("select 1 as n, 'x' as kf_run_id")).columns
    ['n']
    """
    kept = [quote(name) for name in rows.columns if name not in COLUMNS]
    if len(kept) in (0, len(rows.columns)):
        return rows
    return engine.sql(f"select {', '.join(kept)} from incoming", incoming=rows)


def with_files(engine: Engine, rows: Table) -> Table:
    """Return rows of files, each with its file's name.

    Raises:
        DataError: if they were not read from files as they are.
    """
    column = AUDIT["source_file"]
    if column in rows.columns:
        return rows
    files = engine.files_of(rows)
    if files is None:
        raise DataError(
            "source_file: the rows are not those of files, as a node that changes nothing (pipelines.copy) hands them "
            "on: note it where the files are copied."
        )
    return engine.with_files(rows, {file: name_of(file) for file in files}, column)


def name_of(file: str) -> str:
    """Return the name that a file is known by: below the project's folder, if it is there."""
    from kedro_faucet.engines.files.local.unpacking import own_names

    project, file = current_run().project, own_names(file)
    return file.removeprefix(f"{project}/") if project else file
