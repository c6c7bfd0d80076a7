"""Names of columns that both engines write into Delta tables."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kedro_faucet.engines.dialect import quote
from kedro_faucet.exceptions import DataError

_NO_NAME = re.compile(r"[ ,;{}()\n\t=]")
_NOT_FOR_NAMES = "blanks, line ends and , ; { } ( ) = are not for names."


def is_name(name: str) -> bool:
    """Tell whether Delta keeps a column of a name.

    >>> is_name("order_id"), is_name("Order ID")
    (True, False)
    """
    return _NO_NAME.search(name) is None


def check_names(types: Mapping[str, str]) -> None:
    """Refuse names of columns, and in objects, that delta-rs would write and Spark would not.

    So a project goes to Spark unchanged.

    Args:
        types: the columns with their types, in DuckDB's words.

    Raises:
        DataError: naming the column, and what to do.
    """
    for name, kind in types.items():
        if not is_name(name):
            plain = re.sub(r"\W+", "_", name).strip("_").lower()
            raise DataError(
                f"Delta keeps no column called '{name}': {_NOT_FOR_NAMES} "
                f"Rename it in a SQL node (select {quote(name)} as {plain} …), or give the resource format: parquet."
            )
        for field in re.findall(r'"((?:[^"]|"")*)"', kind):
            if not is_name(field):
                raise DataError(
                    f"Delta keeps no field called '{field}', as the objects in '{name}' have: {_NOT_FOR_NAMES} "
                    "Rename it in a node on frames, or give the resource format: parquet."
                )
