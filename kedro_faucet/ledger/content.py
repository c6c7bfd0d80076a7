"""What a table holds, whatever the order of its rows: to tell a new version from new content."""

from __future__ import annotations

from typing import Any

from kedro_faucet.engines import Engine, Table

Content = tuple[Any, ...]


def content(dataset: Any) -> Content | None:
    """Return what a resource holds, as columns, rows and a sum of the rows' hashes; None where there is no telling.

    >>> import tempfile
    >>> from kedro_faucet import ResourceDataset
    >>> from kedro_faucet.engines import connect
    >>> numbers = ResourceDataset(filepath=tempfile.mkdtemp() + "/numbers")
    >>> numbers.save(connect().sql("select unnest([1, 2]) as n", portable=False))
    >>> first = content(numbers)
    >>> numbers.save(connect().sql("select unnest([2, 1]) as n", portable=False))
    >>> content(numbers) == first
    True
    """
    if type(dataset).__name__ != "ResourceDataset" or dataset._database:
        return None
    try:
        return content_of(dataset._engine(), dataset.load()) if dataset.exists() else None
    except Exception:  # what cannot be read is another content
        return None


def content_of(engine: Engine, table: Table) -> Content | None:
    """Return what a table holds; it can be compared with another one's of the same engine."""
    schema = engine.schema(table)
    text = _TEXTS[engine.name](schema)
    if text is None:
        return None
    [counted] = engine.rows(engine.sql(text, portable=False, kf_content=table))
    return (*schema.items(), *counted)


def _duckdb(schema: dict[str, str]) -> str:
    return "select count(*) as n, cast(sum(hash(t)) as varchar) as h from kf_content t"


def _spark(schema: dict[str, str]) -> str | None:
    """Return Spark's text: its hash passes over NULLs, so each column is told by whether it is one, too."""
    if any(mark in kind for kind in schema.values() for mark in "[(" if not kind.startswith("DECIMAL")):
        return None  # within a list or an object it would pass over them too
    columns = [f"isnull({name}), {name}" for name in (f"`{each.replace('`', '``')}`" for each in schema)]
    total = f"sum(cast(xxhash64({', '.join(columns)}) as decimal(38, 0)))"
    return f"select count(*) as n, cast({total} as string) as h from kf_content"


_TEXTS: dict[str, Any] = {"duckdb": _duckdb, "spark": _spark}
