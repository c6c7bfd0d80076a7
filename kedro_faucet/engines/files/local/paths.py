"""Paths as the engines take them: each is a file's own name, none is a pattern."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePath

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


def shown(path: Path) -> Path:
    """Return the name that a user knows a file by, whose versions lie in a folder of its name.

    >>> shown(Path("data/.faucet/x.csv/0a1b.csv")), shown(Path("data/.faucet/x.parquet/0a1b/day=1/2c.parquet"))
    (PosixPath('data/x.csv'), PosixPath('data/x.parquet/day=1/2c.parquet'))
    """
    parts = path.parts
    if ".faucet" not in parts[:-2]:
        return path
    at = len(parts) - 1 - parts[::-1].index(".faucet")
    return Path(*parts[:at], parts[at + 1], *parts[at + 3 :])
