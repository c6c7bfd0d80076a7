"""What a notebook shows of a table: its first rows, as HTML and as text."""

from __future__ import annotations

from html import escape
from typing import Any

from kedro_faucet.engines import Table, find_engine

ROWS = 10
# By name: neither package is imported before a table of it is there.
_KINDS = (("duckdb._relation", "DuckDBPyRelation"), ("pyspark.sql.dataframe", "DataFrame"))


def register(shell: Any) -> None:
    """Let a shell show tables."""
    for module, name in _KINDS:
        shell.display_formatter.mimebundle_formatter.for_type_by_name(module, name, bundle)


def bundle(table: Table) -> tuple[dict[str, str], dict[str, Any]] | None:
    """Return the first rows of a table in the forms that Jupyter shows; nothing if it is no table of ours.

    >>> from kedro_faucet.engines import connect
    >>> shown, _ = bundle(connect().sql("select 'JFK' as origin, null as delay"))
    >>> print(shown["text/plain"])
    origin | delay
    JFK | NULL
    """
    engine = find_engine(table)
    if engine is None:
        return None
    rows = engine.rows(engine.sql(f"select * from t limit {ROWS + 1}", t=table))
    cells = [[_text(value) for value in row] for row in rows[:ROWS]]
    more = f"the first {ROWS} rows" if len(rows) > ROWS else ""
    return {"text/html": _html(table.columns, cells, more), "text/plain": _plain(table.columns, cells, more)}, {}


def _text(value: Any) -> str:
    return "NULL" if value is None else str(value)


def _plain(columns: list[str], rows: list[list[str]], more: str) -> str:
    return "\n".join([" | ".join(row) for row in [columns, *rows]] + ([f"({more})"] if more else []))


def _html(columns: list[str], rows: list[list[str]], more: str) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "\n".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    table = f'<table class="dataframe">\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>'
    return f"{table}\n<p>{more}</p>" if more else table
