"""Paths as the engines take them: each is a file's own name, none is a pattern."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from kedro_faucet.engines.dialect import literal
from kedro_faucet.exceptions import ResourceError


def duckdb_files(files: Sequence[str]) -> str:
    """Return DuckDB's list of files, in which no name is taken for a pattern.

    >>> duckdb_files(["a.csv", "[a]*.csv"])
    "['a.csv', '[[]a][*].csv']"
    """
    names = (re.sub(r"[*?[]", r"[\g<0>]", file) for file in files)
    return f"[{', '.join(map(literal, names))}]"


def spark_files(files: Sequence[str]) -> list[str]:
    r"""Return Spark's list of files, in which no name is taken for a pattern.

    >>> spark_files(["a.csv", "{a,b}*.csv"])
    ['a.csv', '\\{a,b\\}\\*.csv']

    Raises:
        ResourceError: if a file's name has a colon, as none of Hadoop's may.
    """
    for file in files:
        if ":" in PurePath(file).name:
            raise ResourceError(f"{file}: Spark opens no file whose name has a colon: rename it.")
    return [re.sub(r"[][*?{}\\]", r"\\\g<0>", file) for file in files]
