"""The check of a parsed text against the subset: what is outside is refused, with what to say instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.check.formats import unreadable, unwritable
from kedro_faucet.engines.dialect.check.hints import HINTS
from kedro_faucet.engines.dialect.check.patterns import foreign, groups, matches_nothing
from kedro_faucet.engines.dialect.check.refusals import NEXT, outside, refuse
from kedro_faucet.engines.dialect.check.subset import EXPRESSIONS, STATEMENT, allows
from kedro_faucet.engines.dialect.check.windows import check_grouping, check_window
from kedro_faucet.engines.dialect.rewrite.casts import TYPES, fits, form_of, kind_of, known
from kedro_faucet.engines.dialect.rewrite.macros import MACROS, macro_of
from kedro_faucet.exceptions import SqlError, did_you_mean, shortened

_INTERVAL_HINT = "interval 3 month, k * interval 1 day, or add_days(d, k), add_seconds(t, k)"


def check(tree: Any, inputs: Iterable[str]) -> None:
    """Refuse what the two engines would not do alike.

    Raises:
        SqlError: naming the form, where it stands, and the macro or form to use.
    """
    _check_tables(tree, tuple(inputs))
    for node in tree.walk():
        if macro_of(node) is None:
            _check_node(node)


def _functions() -> set[str]:
    return {*MACROS, *re.findall(r"(\w+)\(", " ".join(EXPRESSIONS.values()))}


def _check_node(node: Any) -> None:
    name = type(node).__name__
    if not allows(name):
        _refuse_form(node, name)
    for argument in sorted(set(node.args) - set(STATEMENT.get(name, " ".join(node.args)).split())):
        if node.args[argument]:
            _refuse_argument(node, name, argument)
    if special := _SPECIAL.get(type(node)):
        special(node)


def _refuse_form(node: Any, name: str) -> None:
    said = node.sql("duckdb")
    said = said if len(said) <= 40 else f"{said[:37]}…"
    called = node.name.lower() if isinstance(node, exp.Anonymous) else name
    hint = HINTS.get(called, "")
    if isinstance(node, exp.Anonymous) and not hint:
        raise SqlError(
            f"{outside(node, f'The function {called}()')}{did_you_mean(called, _functions())} Use a macro, {NEXT}"
        )
    refuse(node, f"'{said}'", hint)


_ARGUMENTS = {
    ("Join", "method"): ("asof, natural and positional join", "join … on …"),
    ("Star", "replace"): ("* replace", "* exclude (x), and the expression as x"),
    ("Star", "rename"): ("* rename", "* exclude (x), and x as y"),
    ("Distinct", "on"): ("distinct on", "qualify row_number() over (partition by … order by …) = 1"),
    ("Union", "by_name"): ("union by name", "the columns in one order on both sides"),
    ("Table", "pivots"): ("pivot and unpivot", HINTS["Pivot"]),
    ("Select", "sample"): ("a sample", HINTS["TableSample"]),
    ("Table", "db"): ("a table of a schema", "a table that is passed in by name"),
    ("Column", "db"): ("a field of a column", "columns of their own"),
}


def _refuse_argument(node: Any, name: str, argument: str) -> None:
    what, instead = _ARGUMENTS.get((name, argument), (f"'{argument}' of {name.lower()}", ""))
    refuse(node, what, instead)


def _check_tables(tree: Any, inputs: tuple[str, ...]) -> None:
    """A text may read its inputs and its own CTEs: a table of a catalog could be another one tomorrow."""
    ctes = {cte.alias for cte in tree.find_all(exp.CTE)}
    for name in sorted(ctes):
        if name.lower() in {given.lower() for given in inputs}:
            raise SqlError(f"The CTE '{name}' has the name of an input: give it another.")
    known = {*ctes, *inputs}
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Func) or table.db:
            refuse(table, f"'{table.sql('duckdb')}' in FROM", "a table that is passed in by name, or unnest(…)")
        if table.name not in known:
            given = ", ".join(sorted(known)) or "none"
            raise SqlError(f"No table '{table.name}' is given; there are: {given}.{did_you_mean(table.name, known)}")


def _check_cast(node: Any) -> None:
    to, kind = node.args["to"], kind_of(node)
    said = to.sql("duckdb")
    if not known(kind):
        refuse(node, f"cast to {said}", ", ".join(TYPES))
    if not isinstance(node, exp.TryCast) and not fits(node):
        refuse(node, f"'{shortened(node.this.this)}' as {said}", form_of(kind))


def _check_membership(node: Any) -> None:
    """Where NULL and false differ, the engines do: in a SELECT list, not in a condition."""
    if any(isinstance(each, exp.Values) for each in node.expressions):
        refuse(node, "x in (values …)", "x in (1, 2)")
    if not node.args.get("query"):
        return
    child, parent = node, node.parent
    while isinstance(parent, exp.And | exp.Or | exp.Not | exp.Paren):
        child, parent = parent, parent.parent
    if not isinstance(parent, exp.Where | exp.Having | exp.Qualify | exp.Join):
        refuse(child, "x in (select …) outside a condition", "exists (select …) or a left join")


def _check_using(node: Any) -> None:
    if node.args.get("using") and any(isinstance(item, exp.Star) for item in node.parent.expressions):
        refuse(node, "* of a join using (…)", "join … on …, or the columns' names")


def _check_extract(node: Any) -> None:
    part = node.name.lower()
    hints = {"week": "iso_week(d)", "isoyear": "iso_year(d)", "epoch": "epoch_seconds(t)"}
    if part not in ("year", "quarter", "month", "day", "doy", "hour", "minute", "second"):
        refuse(
            node,
            f"extract({part} from …)",
            "iso_weekday(d)" if "dow" in part or "week" in part[5:] else hints.get(part, ""),
        )


_UNITS = ("year", "month", "week", "day", "hour", "minute", "second")


def _check_interval(node: Any) -> None:
    unit, count = str(node.args.get("unit") or "").lower().removesuffix("s"), node.this
    if unit and (unit not in _UNITS or not (isinstance(count, exp.Literal) and count.this.lstrip("-").isdigit())):
        refuse(node, "an interval by a computed number, a fraction or another unit", _INTERVAL_HINT)
    child, parent = node, node.parent
    while isinstance(parent, exp.Mul | exp.Paren):
        child, parent = parent, parent.parent
    added = isinstance(parent, exp.Add | exp.Sub) and child.arg_key == "expression"
    if not (added or isinstance(parent, exp.WindowSpec)):
        refuse(node, "an interval by itself", "t + interval 1 day, or add_days(d, n), add_seconds(t, n)")
    if not unit:
        refuse(node, "an interval of several units", "one interval a unit")


def _check_pattern(node: Any) -> None:
    pattern = node.expression
    if not (isinstance(pattern, exp.Literal) and pattern.is_string):
        refuse(node, "a regular expression that is computed", "a pattern that is written out")
    if instead := foreign(pattern.this):
        refuse(node, f"the regular expression '{pattern.this}'", instead)
    group = node.args.get("group")
    if group is not None and not (group.name.isdigit() and int(group.name) <= groups(pattern.this)):
        refuse(node, f"a group that '{pattern.this}' does not have", "the number of a group, from 1 up, or 0 for all")
    if isinstance(node, exp.RegexpReplace):
        _check_replacement(node)


def _check_replacement(node: Any) -> None:
    if node.args.get("modifiers") is None or node.args["modifiers"].name != "g":
        refuse(node, "regexp_replace of the first match", "regexp_replace(s, '…', 'x', 'g')")
    replacement = node.args["replacement"]
    if not isinstance(replacement, exp.Literal) or re.search(r"[\\$]", replacement.this):
        refuse(node, "regexp_replace with a group in the replacement", "regexp_extract and concat")
    if replacement.this and matches_nothing(node.expression.this):
        refuse(node, "regexp_replace by a pattern that matches the empty text", "+ instead of *")


def _check_substring(node: Any) -> None:
    if isinstance(node.args.get("start"), exp.Literal) and node.args["start"].this == "0":
        refuse(node, "substring from 0", "substring(s, 1, n): letters count from 1")
    for name in ("length", "expression"):
        if isinstance(node.args.get(name), exp.Neg):
            refuse(node, "a negative number of letters", "left, right and substring with a number from 0 up")


def _check_split(node: Any) -> None:
    separator, index = node.args["delimiter"], node.args["part_index"]
    if not isinstance(separator, exp.Literal) or not separator.this:
        refuse(node, "split_part by a computed or empty text", "split_part(s, ',', 1)")
    if not isinstance(index, exp.Literal | exp.Neg) or index.name == "0":
        refuse(node, "split_part of a computed part, or part 0", "split_part(s, ',', 1)")


def _check_padding(node: Any) -> None:
    fill = node.args.get("fill_pattern")
    if fill is not None and not (isinstance(fill, exp.Literal) and fill.this):
        refuse(node, "lpad or rpad with a computed or empty text", "lpad(s, n, '0')")


def _check_places(node: Any) -> None:
    places = node.args.get("decimals")
    if places is not None and not (isinstance(places, exp.Literal) and places.this.isdigit()):
        refuse(node, "round to a computed or negative number of places", "round(x, 2)")


def _check_logarithm(node: Any) -> None:
    if node.args.get("expression") is None or node.name not in ("2", "10"):
        refuse(node, "log(x)", "ln(x), log10(x) or log2(x)")


def _check_format(node: Any) -> None:
    written = node.args["format"]
    if not isinstance(written, exp.Literal):
        refuse(node, "a format of dates that is computed", "a format that is written out")
    instead = unreadable(written.this) if isinstance(node, exp.StrToTime) else unwritable(written.this)
    if instead:
        refuse(node, f"the format of dates '{written.this}'", instead)


def _check_tuple(node: Any) -> None:
    parent = node.parent
    in_query = isinstance(parent, exp.In) and parent.args.get("query")
    grouped = isinstance(parent, exp.GroupingSets | exp.Cube | exp.Rollup | exp.Values | exp.Distinct)
    if not (in_query or grouped):
        refuse(node, "a list in parentheses", "each value by itself: a = 1 and b = 2")


def _check_listed(node: Any) -> None:
    if not isinstance(node.this, exp.Order) or not isinstance(node.args.get("separator"), exp.Literal):
        refuse(node, "string_agg without an order or a written separator", "string_agg(s, ',' order by o)")
    if isinstance(node.this.this, exp.Distinct):
        refuse(node, "string_agg(distinct …)", "a subquery with distinct")
    select = node.find_ancestor(exp.Select)
    others = [other for other in select.find_all(exp.Distinct) if other.parent is not select]
    if any(other.find_ancestor(exp.Select) is select for other in others):
        refuse(node, "string_agg beside a distinct aggregate", "a subquery for one of them, and a join")


def _check_series(node: Any) -> None:
    if not isinstance(node.parent, exp.Explode | exp.Unnest):
        refuse(node, "a list or a series by itself", "unnest(generate_series(1, 3)) as n")
    if isinstance(node, exp.GenerateSeries) and node.args.get("step") is not None:
        refuse(node, "a series with a step", "a series of integers, and add_days(d, n)")


def _check_unnest(node: Any) -> None:
    if not isinstance(node.parent, exp.Alias | exp.Select):
        refuse(node, "unnest within an expression", "a subquery that names it: (select unnest(…) as n)")


def _check_count(node: Any) -> None:
    count = node.args["expression"]
    if not (isinstance(count, exp.Literal) and count.this.isdigit()):
        refuse(node, "a computed limit or offset", "a number that is written out")


def _check_recursion(node: Any) -> None:
    for cte in node.expressions if node.args.get("recursive") else ():
        union = cte.this if isinstance(cte.this, exp.Union) and cte.this.args.get("distinct") else None
        if union and any(table.name == cte.alias for table in union.right.find_all(exp.Table)):
            refuse(cte, "a recursion with union", "union all, and a condition that ends it")


def _check_select(node: Any) -> None:
    if sum(isinstance(each.unalias(), exp.Explode) for each in node.expressions) > 1:
        refuse(node.expressions[0], "two unnests in one SELECT", "a subquery for each")


def _check_distinct(node: Any) -> None:
    if node.args.get("on"):
        _refuse_argument(node, "Distinct", "on")


def _check_truncation(node: Any) -> None:
    if node.args["unit"].name.lower() not in ("year", "quarter", "month", "week", "day", "hour", "minute", "second"):
        refuse(node, "date_trunc by another or a computed unit", "date_trunc('hour', t)")


_SPECIAL: dict[type, Callable[[Any], None]] = {
    exp.Cast: _check_cast, exp.TryCast: _check_cast, exp.In: _check_membership, exp.Join: _check_using,
    exp.Extract: _check_extract, exp.Interval: _check_interval, exp.RegexpLike: _check_pattern,
    exp.RegexpExtract: _check_pattern, exp.RegexpReplace: _check_pattern, exp.Substring: _check_substring,
    exp.Left: _check_substring, exp.Right: _check_substring, exp.SplitPart: _check_split, exp.Round: _check_places,
    exp.Log: _check_logarithm, exp.TimeToStr: _check_format, exp.StrToTime: _check_format, exp.Tuple: _check_tuple,
    exp.GroupConcat: _check_listed, exp.GenerateSeries: _check_series, exp.Array: _check_series,
    exp.Explode: _check_unnest, exp.Window: check_window, exp.Pad: _check_padding, exp.Grouping: check_grouping,
    exp.GroupingId: check_grouping, exp.Limit: _check_count, exp.Offset: _check_count, exp.With: _check_recursion,
    exp.Select: _check_select, exp.TimestampTrunc: _check_truncation,
}  # fmt: skip
