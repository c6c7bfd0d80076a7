"""Delta tables: read by their list of files, and committed only onto the version that a writer compared with."""

from kedro_faucet.engines.delta.commit import (
    Commit,
    Part,
    add,
    check_mode,
    committing,
    conflict,
    exchange,
    require_commit,
    write,
)
from kedro_faucet.engines.delta.layout import few, near, rearrange
from kedro_faucet.engines.delta.names import check_names
from kedro_faucet.engines.delta.table import (
    check_place,
    latest_version,
    open_table,
    partitions,
    reached,
    stamp,
    told,
    version_at,
)

__all__ = [
    "Commit",
    "Part",
    "add",
    "check_mode",
    "check_names",
    "check_place",
    "committing",
    "conflict",
    "exchange",
    "few",
    "latest_version",
    "near",
    "open_table",
    "partitions",
    "reached",
    "rearrange",
    "require_commit",
    "stamp",
    "told",
    "version_at",
    "write",
]
