"""From a portable text to an engine's own: parsed, checked, bound, rewritten, generated."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeAlias

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from kedro_faucet.engines.dialect.check.operands import check_operands
from kedro_faucet.engines.dialect.check.refusals import refuse
from kedro_faucet.engines.dialect.check.statements import check
from kedro_faucet.engines.dialect.families.annotate import annotate, family
from kedro_faucet.engines.dialect.rewrite.forms import FORMS
from kedro_faucet.engines.dialect.rewrite.macros import arguments, macro_of
from kedro_faucet.engines.dialect.text import reserved
from kedro_faucet.exceptions import SqlError

Inputs: TypeAlias = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
"""The inputs' names, each with its columns and their types in DuckDB's words."""


@lru_cache(maxsize=1024)
def compiled(text: str, inputs: Inputs, target: str) -> str:
    """Return the engine's SQL of a portable text.

    Raises:
        SqlError: if the text cannot be parsed, or is outside the subset.
    """
    tree, names = parsed(text), tuple(name for name, _ in inputs)
    check(tree, names)
    annotate(tree, {name: dict(columns) for name, columns in inputs})
    check_operands(tree)
    _bind(tree, names)
    tree = _rewrite(tree, target)
    try:
        query: str = tree.sql(target, unsupported_level=ErrorLevel.RAISE)
    except SqlglotError as error:
        raise SqlError(f"The SQL cannot be translated for {target}: {error}") from None
    if "error('" in query:
        _check_orders(tree)
    return _spark_inputs(query, names) if target == "spark" else query


def parsed(text: str) -> Any:
    """Return the tree of one SELECT.

    Raises:
        SqlError: if it is none.
    """
    try:
        trees = [tree for tree in sqlglot.parse(text, read="duckdb") if tree is not None]
    except SqlglotError as error:
        raise SqlError(f"The SQL cannot be parsed: {error}") from None
    if len(trees) != 1 or not isinstance(trees[0], exp.Query | exp.Values):
        raise SqlError(f"A SQL node is one SELECT; this text is not:\n{text.strip()}")
    return trees[0].transform(_one_truncation, copy=False) if trees[0].find(exp.DateTrunc) else trees[0]


def _one_truncation(node: Any) -> Any:
    """SQLGlot has a class of its own for date_trunc of what it knows to be a date."""
    if isinstance(node, exp.DateTrunc):
        return exp.TimestampTrunc(this=node.this, unit=exp.var(node.args["unit"].name))
    return node


def _bind(tree: Any, names: tuple[str, ...]) -> None:
    for table in tree.find_all(exp.Table):
        if table.name in names and not table.db:
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
            table.set("this", exp.to_identifier(reserved(table.name)))


def _rewrite(tree: Any, target: str) -> Any:
    """Put the engine's own expressions in place of macros and of forms that differ, inner ones first."""
    for node in reversed(list(tree.walk())):
        if (macro := macro_of(node)) is not None:
            _replace(node, macro.expand(arguments(node), target))
        elif (form := FORMS.get(type(node))) is not None:
            _replace(node, form(node, target))
        elif isinstance(node, exp.CTE):
            node.set("materialized", None)
    return tree


def _check_orders(tree: Any) -> None:
    """Refuse an order that could stop: no engine takes one within a window."""
    for window in tree.find_all(exp.Window):
        for part in [*(window.args.get("partition_by") or ()), window.args.get("order")]:
            if part is not None and "error('" in part.sql():
                refuse(window, "a window over a cast that may stop", "a subquery that makes it a column first")


def _replace(node: Any, replacement: Any) -> None:
    """Put an expression in a node's place; what stands for a value is of its family."""
    if replacement is not node:
        replacement.meta["family"] = family(node)
        node.replace(replacement)


def _spark_inputs(query: str, names: tuple[str, ...]) -> str:
    """Leave ``{name}`` where Spark's own parameters go in; without any it leaves braces as they are."""
    if not names:
        return query
    query = query.replace("{", "{{").replace("}", "}}")
    for name in names:
        query = query.replace(reserved(name), f"{{{name}}}")
    return query
