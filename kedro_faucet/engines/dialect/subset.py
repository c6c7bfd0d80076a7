"""The SQL that both engines understand alike: everything that is allowed, each proven by the golden corpus."""

from __future__ import annotations

from kedro_faucet.engines.dialect.casts import TYPES
from kedro_faucet.engines.dialect.macros import MACROS

# The parts of a statement, by SQLGlot's names, each with the arguments that it may have.
STATEMENT: dict[str, str] = {
    "Select": "with_ expressions distinct from_ joins where group having qualify windows order limit offset",
    "Union": "with_ this expression distinct order limit offset",
    "Except": "with_ this expression distinct order limit offset",
    "Intersect": "with_ this expression distinct order limit offset",
    "With": "expressions recursive",
    "CTE": "this alias materialized",
    "Subquery": "this alias",
    "Values": "expressions alias",
    "From": "this",
    "Table": "this alias",
    "TableAlias": "this columns",
    "Join": "this on side kind using",
    "Lateral": "this view outer alias",
    "Unnest": "expressions alias offset",
    "Where": "this",
    "Group": "expressions grouping_sets cube rollup all",
    "Cube": "expressions",
    "Rollup": "expressions",
    "GroupingSets": "expressions",
    "Having": "this",
    "Qualify": "this",
    "Order": "this expressions",
    "Ordered": "this desc nulls_first",
    "Limit": "expression",
    "Offset": "expression",
    "Distinct": "expressions",
    "Star": "except_",
    "Alias": "this alias",
    "Column": "this table",
    "Identifier": "this quoted",
    "Window": "this partition_by order spec alias over first",
    "WindowSpec": "kind start start_side end end_side",
    "Filter": "this expression",
    "IgnoreNulls": "this",
    "Tuple": "expressions",
    "DataType": "this expressions nested kind",
    "DataTypeParam": "this",
    "Var": "this",
    "Interval": "this unit",
}

# Expressions and functions: SQLGlot's name, and how a text says it.
EXPRESSIONS: dict[str, str] = {
    "Literal": "'text', 1, 1.5, 1e3", "Boolean": "true, false", "Null": "null", "Paren": "( )", "Neg": "-x",
    "Add": "a + b", "Sub": "a - b", "Mul": "a * b", "Div": "a / b (DOUBLE, NULL where b is zero)",
    "IntDiv": "a // b (as int_div)", "Mod": "a % b (NULL where b is zero)",
    "EQ": "a = b", "NEQ": "a <> b", "LT": "a < b", "LTE": "a <= b", "GT": "a > b", "GTE": "a >= b",
    "NullSafeEQ": "a is not distinct from b", "NullSafeNEQ": "a is distinct from b", "Is": "x is null, x is true",
    "And": "a and b", "Or": "a or b", "Not": "not a", "Between": "x between a and b",
    "In": "x in (1, 2); x in (select …) as a condition", "Exists": "exists (select …)",
    "Like": "s like 'a%'", "ILike": "s ilike 'a%'", "Escape": "s like '…' escape '!'",
    "Case": "case when … end", "If": "if(a, b, c)", "Coalesce": "coalesce(a, b), ifnull", "Nullif": "nullif(a, b)",
    "Greatest": "greatest(a, b)", "Least": "least(a, b)",
    "Cast": "cast(x as type), x::type", "TryCast": "try_cast(x as type)",
    "DPipe": "a || b", "Concat": "concat(a, b)", "ConcatWs": "concat_ws('-', a, b)",
    "Upper": "upper(s)", "Lower": "lower(s)", "Length": "length(s)", "Trim": "trim, ltrim, rtrim(s)",
    "Substring": "substring(s, 1, 2)", "Left": "left(s, n)", "Right": "right(s, n)", "Pad": "lpad, rpad(s, n, '0')",
    "Replace": "replace(s, a, b)", "Translate": "translate(s, 'ab', 'xy')", "Repeat": "repeat(s, n)",
    "StrPosition": "strpos(s, a), instr, position(a in s)", "Contains": "contains(s, a)",
    "StartsWith": "starts_with(s, a)", "EndsWith": "ends_with(s, a)", "SplitPart": "split_part(s, ',', 1)",
    "RegexpLike": "regexp_matches(s, '…')", "RegexpExtract": "regexp_extract(s, '…', 1)",
    "RegexpReplace": "regexp_replace(s, '…', 'x', 'g')", "MD5": "md5(s)", "SHA2": "sha256(s)",
    "Abs": "abs(x)", "Sign": "sign(x)", "Round": "round(x), round(x, 2) (DOUBLE)", "Floor": "floor(x)", "Ceil": "ceil(x)",
    "Sqrt": "sqrt(x)", "Exp": "exp(x)", "Ln": "ln(x) (NULL for zero and less)", "Log": "log10(x), log2(x)",
    "Pow": "power(x, y)", "IsNan": "isnan(x)",
    "Year": "year(d)", "Quarter": "quarter(d)", "Month": "month(d)", "Day": "day(d)", "DayOfYear": "dayofyear(d)",
    "Hour": "hour(t)", "Minute": "minute(t)", "Second": "second(t)", "Extract": "extract(year from d)",
    "LastDay": "last_day(d)", "DateFromParts": "make_date(y, m, d)", "TimestampTrunc": "date_trunc('hour', t) (TIMESTAMP)",
    "CurrentDate": "current_date", "TimeToStr": "strftime(t, '%Y-%m-%d')", "StrToTime": "strptime(s, '%Y-%m-%d')",
    "Explode": "unnest(…) as a column", "Array": "[1, 2], within unnest", "GenerateSeries": "generate_series(1, n), range, within unnest",
    "Count": "count(*), count(x), count(distinct x)", "CountIf": "count_if(a)", "Sum": "sum(x)", "Avg": "avg(x) (DOUBLE)",
    "Min": "min(x)", "Max": "max(x)", "Median": "median(x) (DOUBLE)", "Stddev": "stddev(x)", "StddevPop": "stddev_pop(x)",
    "StddevSamp": "stddev_samp(x)", "Variance": "variance(x)", "VariancePop": "var_pop(x)",
    "LogicalAnd": "bool_and(a)", "LogicalOr": "bool_or(a)", "GroupConcat": "string_agg(s, ',' order by o)",
    "Grouping": "grouping(x)", "GroupingId": "grouping_id(a, b)",
    "RowNumber": "row_number()", "Rank": "rank()", "DenseRank": "dense_rank()", "PercentRank": "percent_rank()",
    "CumeDist": "cume_dist()", "Ntile": "ntile(n)", "Lag": "lag(x, n, default)", "Lead": "lead(x, n, default)",
    "FirstValue": "first_value(x)", "LastValue": "last_value(x)", "NthValue": "nth_value(x, n)",
}  # fmt: skip

# What to say instead of a form that is refused: by SQLGlot's name, or the function's.
HINTS: dict[str, str] = {
    "DateDiff": "days_between(a, b) or seconds_between(a, b)",
    "date_sub": "days_between(a, b) or seconds_between(a, b)",
    "age": "days_between(a, b) or seconds_between(a, b)",
    "DateAdd": "add_days(d, n), add_months(d, n) or add_seconds(t, n)",
    "DayOfWeek": "iso_weekday(d)", "DayOfWeekIso": "iso_weekday(d)", "weekday": "iso_weekday(d)",
    "Week": "iso_week(d)", "WeekOfYear": "iso_week(d)", "isoyear": "iso_year(d)", "yearweek": "iso_year(d) and iso_week(d)",
    "TimeToUnix": "epoch_seconds(t)", "UnixToTime": "epoch_seconds(t), or add_seconds(timestamp '1970-01-01', n)",
    "epoch_us": "epoch_seconds(t)",
    "Monthname": "month_name(d)", "Dayname": "day_name(d)", "date_part": "extract(year from d)",
    "hash": "surrogate_key(a, b)", "md5_number": "surrogate_key(a, b)",
    "ArrayAgg": "string_agg(s, ',' order by o), first_by(x, o) or last_by(x, o)",
    "First": "first_by(x, o)", "Last": "last_by(x, o)", "AnyValue": "min(x), max(x) or first_by(x, o)",
    "ArgMax": "last_by(x, o)", "ArgMin": "first_by(x, o)",
    "ApproxDistinct": "count(distinct x)", "ApproxQuantile": "median(x)", "PercentileCont": "median(x)",
    "PercentileDisc": "median(x)", "Mode": "a subquery that counts and ranks", "Trunc": "floor(x) or ceil(x)",
    "CurrentTimestamp": "a time that is passed in: engines.literal(…)", "now": "a time that is passed in: engines.literal(…)",
    "Rand": "a node of your own on frames", "Uuid": "surrogate_key(a, b)",
    "Pivot": "sum(x) filter (where …), a column each", "JSONExtract": "a node of your own on frames",
    "Bracket": "substring(s, start, length)", "Columns": "the columns' names", "SimilarTo": "regexp_matches(s, '^…$')",
    "Glob": "s like 'a%'", "TableSample": "limit, or a condition on a key",
    "Reverse": "right(s, n) or substring",
    "Struct": "columns of their own",
    "CurrentTime": "a time that is passed in: engines.literal(…)", "Collate": "lower(s)",
    "Placeholder": "engines.literal(value) in the text", 
    "strlen": "length(s)", "RegexpFullMatch": "regexp_matches(s, '^…$')", "Format": "concat(a, b)", "printf": "concat(a, b)",
    "BitwiseLeftShift": "x * 2", "Corr": "its sums and products", "Typeof": "a cast",
}  # fmt: skip

_KNOWN = {**dict.fromkeys(STATEMENT, ""), **EXPRESSIONS}


def allows(name: str) -> bool:
    """Tell whether a class of SQLGlot's is in the subset."""
    return name in _KNOWN


def words() -> dict[str, list[str]]:
    """Return what the subset holds in words, for the reference and for nearest names."""
    return {"types": list(TYPES), "macros": [macro.call for macro in MACROS.values()], "forms": list(EXPRESSIONS.values())}
