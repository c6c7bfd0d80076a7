"""Columns by which a table may be laid out: each value has a folder of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kedro_faucet.exceptions import DataError, did_you_mean, listed

KINDS = ("VARCHAR", "DATE", "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT")
FOLDERS = (*KINDS, "DECIMAL")
"""The types whose texts the names of folders of files keep, each value as one text alone."""


def require_partitions(types: Mapping[str, str], names: Sequence[str], kinds: Sequence[str] = KINDS) -> None:
    """Refuse columns that no table can be laid out by.

    >>> require_partitions({"day": "DATE", "n": "BIGINT"}, ["day"])

    Args:
        types: the table's columns and their types.
        names: the columns that have folders.
        kinds: the types that they may have.

    Raises:
        DataError: if a column is missing, named twice or of another type, or none is left beside them.
    """
    for name in names:
        if name not in types:
            known = list(types)
            raise DataError(
                f"partition_by: there is no column '{name}'.{did_you_mean(name, known)} "
                f"The columns are: {listed(known, near=name)}."
            )
        if types[name].partition("(")[0] not in kinds:
            raise DataError(f"partition_by: '{name}' is {types[name]}: use a column of {', '.join(kinds)}.")
    if len(set(names)) < len(names):
        raise DataError(f"partition_by: {', '.join(names)} names a column twice.")
    if len(names) == len(types):
        raise DataError("partition_by: names every column; a table has at least one other.")
