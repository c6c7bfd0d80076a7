"""From a portable text to an engine's own: parsed, led through the rules in their order, generated."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeAlias

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from kedro_faucet.engines.dialect.families.annotate import annotate
from kedro_faucet.engines.dialect.rule import Inputs, Rule, apply_rules
from kedro_faucet.engines.dialect.rules import aggregates, conditions, macros, queries, sources, statements, windows
from kedro_faucet.engines.dialect.rules.functions import (
    bits,
    by_name,
    distinct,
    fractions,
    letters,
    operands,
    orders,
    spellings,
    splits,
    statistics,
)
from kedro_faucet.engines.dialect.rules.values import casts, dates, decimals, lists, numbers, patterns, texts
from kedro_faucet.engines.dialect.text import reserved, unparsed
from kedro_faucet.exceptions import SqlError

CHECKS: tuple[Rule, ...] = (
    # Put in one spelling of several.
    spellings.spelt,
    orders.by_result,
    # Refused as it is written: outside the subset, or different on the engines whatever the values are.
    statements.tables,
    statements.allowed,
    statements.using,
    statements.count,
    statements.recursion,
    queries.comma,
    queries.sets,
    queries.all_by_name,
    queries.all_of_plain_rows,
    lists.series,
    lists.unnest,
    lists.unnest_alone,
    lists.row,
    conditions.membership,
    casts.written,
    dates.part_of,
    dates.interval,
    dates.format_of,
    dates.truncation,
    texts.letters,
    texts.split,
    texts.padding,
    patterns.portable,
    patterns.group,
    patterns.replacement,
    numbers.places,
    numbers.base,
    aggregates.listed,
    aggregates.grouping,
    windows.window,
    windows.frame,
    bits.tilde,
    fractions.cut_at,
    letters.plain_distance,
    letters.plain_words,
    dates.from_parts,
    splits.separator,
    splits.matches,
    splits.step,
    statistics.share,
    # The types of all values are known from here on.
    annotate,
    # Refused where values of types meet that the engines convert differently.
    statements.outer,
    statements.limited,
    statements.distinct_order,
    statements.first_rows,
    queries.one_table,
    queries.alias_alone,
    queries.beside_groups,
    queries.in_clauses,
    queries.all_named,
    macros.given,
    conditions.condition,
    conditions.where,
    conditions.both,
    conditions.on,
    conditions.is_true,
    conditions.branch,
    conditions.branches,
    conditions.comparison,
    conditions.between,
    conditions.among,
    conditions.alternatives,
    conditions.set_operation,
    decimals.alternatives,
    decimals.rows,
    decimals.set_operation,
    decimals.member,
    decimals.remainder,
    numbers.number,
    numbers.product,
    numbers.whole_division,
    dates.addition,
    texts.joined,
    texts.whole_count,
    casts.possible,
    aggregates.total,
    windows.neighbour,
    windows.ties,
    operands.taken,
    operands.known,
    splits.bounds,
    orders.no_window,
    orders.means,
    distinct.own_order,
    by_name.known_names,
)
"""What is refused or warned of, whichever engine runs it, in the order in which that is found."""

REWRITES: tuple[Rule, ...] = (
    # Inner forms first, so that each means on Spark what it means on DuckDB.
    statements.qualified,
    queries.outer_null,
    queries.beside_rows,
    queries.no_empty_group,
    queries.groups_of_all,
    sources.unnested,
    sources.by_condition,
    statements.bound,
    statements.materialized,
    by_name.in_one_order,
    macros.expanded,
    casts.cast,
    conditions.without_else,
    conditions.alone,
    numbers.quotient,
    numbers.whole_quotient,
    numbers.remainder,
    numbers.logarithm,
    numbers.rounded,
    fractions.whole,
    fractions.truncated,
    fractions.infinite,
    fractions.angle,
    bits.combined,
    bits.inverted,
    bits.shifted_left,
    bits.shifted_right,
    numbers.negated,
    numbers.absolute,
    numbers.sign,
    numbers.not_a_number,
    texts.concatenated,
    texts.cut,
    texts.capitals,
    texts.small_letters,
    texts.backslash,
    texts.trimmed,
    patterns.in_java,
    letters.turned,
    letters.words,
    letters.letter,
    letters.number,
    dates.extracted,
    dates.second,
    dates.truncated,
    dates.moved,
    dates.written,
    dates.read,
    dates.made_of_parts,
    splits.series,
    splits.split,
    aggregates.mean,
    aggregates.median,
    aggregates.count_if,
    distinct.joined,
    distinct.counted,
    aggregates.listed_texts,
    statistics.formula,
    statistics.pairs,
    statistics.quantile,
    sources.computed,
    windows.sure_order,
)
"""What each engine is given instead of a form that would mean something else."""

RULES = (*CHECKS, *REWRITES)

Columns: TypeAlias = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
"""The inputs' names, each with its columns and their types in DuckDB's words."""


@lru_cache(maxsize=1024)
def compiled(
    text: str, inputs: Columns, target: str, checks: tuple[Rule, ...] = CHECKS, rewrites: tuple[Rule, ...] = REWRITES
) -> str:
    """Return the engine's SQL of a portable text.

    Raises:
        SqlError: if the text cannot be parsed, or is outside the subset.
    """
    tree, columns = checked(text, inputs, checks).copy(), {name: dict(kinds) for name, kinds in inputs}
    tree = apply_rules(rewrites, tree, columns, target)
    try:
        query: str = tree.sql(target, copy=False, unsupported_level=ErrorLevel.RAISE)
    except SqlglotError as error:
        raise SqlError(f"The SQL cannot be translated for {target}: {error}") from None
    return _spark_inputs(query, columns) if target == "spark" else query


@lru_cache(maxsize=16)
def checked(text: str, inputs: Columns, checks: tuple[Rule, ...]) -> Any:
    """Return the tree of a text within the subset: Spark's texts are compiled for both engines."""
    tree = parsed(text)
    apply_rules(checks, tree, {name: dict(kinds) for name, kinds in inputs})
    return tree


def parsed(text: str) -> Any:
    """Return the tree of one SELECT.

    Raises:
        SqlError: if it is none.
    """
    try:
        trees = [tree for tree in sqlglot.parse(text, read="duckdb") if tree is not None]
    except SqlglotError as error:
        raise SqlError(f"The SQL cannot be parsed: {unparsed(error)}.") from None
    if len(trees) != 1 or not isinstance(trees[0], exp.Query | exp.Values):
        raise SqlError(f"A SQL node is one SELECT; this text is not:\n{text.strip()}")
    return trees[0].transform(_one_truncation, copy=False) if trees[0].find(exp.DateTrunc) else trees[0]


def _one_truncation(node: Any) -> Any:
    """SQLGlot has a class of its own for date_trunc of what it knows to be a date."""
    if isinstance(node, exp.DateTrunc):
        return exp.TimestampTrunc(this=node.this, unit=exp.var(node.args["unit"].name))
    return node


def _spark_inputs(query: str, inputs: Inputs) -> str:
    """Leave ``{name}`` where Spark's own parameters go in; without any it leaves braces as they are."""
    if not inputs:
        return query
    query = query.replace("{", "{{").replace("}", "}}")
    for name in inputs:
        query = query.replace(reserved(name), f"{{{name}}}")
    return query
