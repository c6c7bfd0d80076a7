"""One SQL, two engines: DuckDB's dialect, checked, bound under reserved names, and translated for Spark.

SQLGlot is imported when the first text is compiled, so that what needs no SQL does not pay for it.
"""

from __future__ import annotations

from collections.abc import Mapping

from kedro_faucet.engines.dialect.subset.refusals import warning
from kedro_faucet.engines.dialect.text import literal, quote, reserved

__all__ = ["compile_sql", "literal", "quote", "reserved", "warning"]


def compile_sql(text: str, inputs: Mapping[str, Mapping[str, str]], target: str) -> str:
    """Translate a portable SELECT into an engine's SQL, its inputs bound under reserved names.

    >>> compile_sql("select a from t", {"t": {"a": "BIGINT"}}, "duckdb")
    'SELECT a FROM kf_in__t__ AS t'
    >>> compile_sql("select a from t", {"t": {"a": "BIGINT"}}, "spark")
    'SELECT a FROM {t} AS t'

    Args:
        text: one SELECT in DuckDB's dialect, within the subset.
        inputs: the inputs by their names in it: their columns, with types in DuckDB's words.
        target: ``duckdb`` or ``spark``.

    Raises:
        SqlError: if the text cannot be parsed, or is outside the subset.
    """
    from kedro_faucet.engines.dialect.compiler import compiled

    return compiled(text, tuple((name, tuple(columns.items())) for name, columns in inputs.items()), target)
