"""What is written at random: by the letter of a family, what gives a value of it; a letter in braces is such a value.

The families are integers (i), small integers (j), decimals (m), doubles (f), texts (s), dates (d), timestamps (t) and
booleans (o).
"""

from __future__ import annotations

LEAVES: dict[str, list[str]] = {
    "i": ["i", "i % 100", "b % 1000", "1", "0", "-7", "null"],
    "m": ["m", "1.50", "-0.05", "cast(i % 1000 as decimal(12,3))"],
    "f": ["f", "x", "1e3", "cast(m as double)"],
    "s": ["s", "g", "ns", "chr", "'a'", "''", "'É, x'", "nullif(s, s)"],
    "d": ["d", "date '2012-02-29'", "date '1970-01-01'"],
    "t": ["ts", "timestamp '2013-03-31 02:30:00.5'"],
    "o": ["o", "true", "false", "cast(null as boolean)"],
}
LITERALS: dict[str, list[str]] = {
    "i": ["1", "0", "-7", "null", "2147483648"],
    "m": ["1.50", "-0.05", "cast(null as decimal(5,2))"],
    "f": ["1e3", "cast(0.1 as double)", "cast(null as double)"],
    "s": ["'a'", "''", "'É, x'", "cast(null as varchar)"],
    "d": ["date '2012-02-29'", "date '1970-01-01'", "cast(null as date)"],
    "t": ["timestamp '2013-03-31 02:30:00.5'", "timestamp '9999-12-31'", "cast(null as timestamp)"],
    "o": ["true", "false", "cast(null as boolean)"],
}
FORMS: dict[str, list[str]] = {
    "i": [
        "{i} % 50 + {i} % 50", "{i} % 50 - {i} % 50", "{i} % 50 * ({i} % 50)", "{i} // {i}", "{i} % {i}",
        "-({i} % 100)", "abs({i} % 1000)", "sign({i})", "sign({m})", "sign({f})", "length({s})", "strpos({s}, {s})",
        "year({d})",
        "quarter({d})", "month({t})", "day({d})", "dayofyear({d})", "hour({t})", "minute({t})", "second({t})",
        "extract(year from {d})", "extract(second from {t})", "int_div({i}, {i})", "days_between({d}, {d})",
        "seconds_between({t}, {t})", "iso_weekday({d})", "date_key({d})", "iso_week({d})", "iso_year({t})",
        "epoch_seconds({t})",
        "surrogate_key({i}, {s}, {d})", "surrogate_key({m}, {o}, {t})", "coalesce({i}, {i})", "nullif({i}, {i})",
        "greatest({i}, {i})", "least({i}, {i})", "case when {o} then {i} else {i} end", "if({o}, {i}, {i})", "({i})",
        "{d} - {d}", "case {i} when {i} then {i} end",
        "try_cast({s} as bigint)", "cast({o} as integer)", "try_cast(round({m}) as bigint)", "ifnull({i}, 0)",
        "instr({s}, 'a')", "position({s} in {s})", "case when {o} then {i} end", "{i} // 3 % 5", "cast({j} as tinyint)",
        "cast({j} as smallint)", "extract(doy from {d})", "extract(quarter from {t})", "+{i}", "length({s}) - {j}",
        "{i} & {i}", "{i} | {i}", "xor({i}, {i})", "~({i})", "abs({i} % 1000) << abs({i} % 40)", "{i} >> {i}",
        "ascii({s})", "unicode({s})", "levenshtein({s}, coalesce({s}, 'a'))", "trunc({i})",
    ],
    "m": [
        "{m} + {i} % 100", "{m} - {m}", "try_cast({m} as decimal(12,2)) * 2", "-({m})", "abs({m})",
        "coalesce({m}, {m})", "case when {o} then {m} else {i} % 10 end", "cast({i} % 1000 as decimal(12,2))",
        "try_cast({s} as decimal(10,2))",
        "try_cast({f} as decimal(12,3))", "try_cast({m} as decimal(18,1))", "{m} % 7", "round({m})", "floor({m})",
        "ceil({m})", "trunc({m})",
        "greatest({m}, {m})",
    ],
    "f": [
        "{f} + {f}", "{f} - {m}", "{f} * {i}", "{i} / {i}", "{m} / {i}", "{f} % 2", "-({f})", "abs({f})", "sqrt({i})",
        "exp({i} % 5)", "ln({f})", "log10({i})", "log2({m})", "power({i} % 4, 2)", "round({f}, 2)", "round({m}, 1)",
        "safe_divide({f}, {i})", "coalesce({f}, {f})", "cast({i} as double)", "try_cast({s} as double)",
        "greatest({f}, {f})", "least({f}, {f})", "cast({m} as double)", "sin({f})", "cos({i})", "tan({m})", "asin({f})",
        "acos({m})", "atan({f})", "atan2({f}, {i})", "radians({m})", "degrees({f})", "pi()", "trunc({f})", "floor({f})",
        "ceil({f})", "round({f}, -2)",
    ],
    "s": [
        "{s} || {s}", "{s} || {i}", "{d} || {s}", "concat({s}, {i}, {m})", "concat_ws('-', {s}, {s})", "upper({s})",
        "lower({s})", "trim({s})", "ltrim({s})", "rtrim({s})", "substring({s}, 2, {i} % 5)", "left({s}, {i} % 5)",
        "right({s}, {i} % 5)", "lpad({s}, 6, '*')", "rpad({s}, 3, 'xy')", "replace({s}, 'n', {s})",
        "translate({s}, 'an', 'xy')", "repeat({s}, abs({i} % 3))", "split_part({s}, ',', 1)",
        "regexp_extract({s}, '([a-z]+)', 1)", "regexp_replace({s}, '[aeiou$,]', '_', 'g')",
        "regexp_replace({s}, '\\s+', '-', 'g')", "md5({s})", "sha256({s})", "cast({i} as varchar)",
        "cast({m} as varchar)",
        "cast({o} as varchar)", "cast({d} as varchar)", "cast({t} as varchar)", "text_of({m})", "text_of({d})",
        "month_name({d})", "day_name({t})", "strftime({t}, '%Y-%m-%dT%H:%M:%S')", "strftime({d}, '%d.%m.%y %j')",
        "reverse({s})", "initcap({s})",
        "chr(abs({i} % 50000))", "hex({s})", "to_hex({i})", "sha1({s})", "strftime({t}, '%H.%f')",
        "coalesce({s}, {s})", "nullif({s}, {s})", "greatest({s}, {s})", "case when {o} then {s} else {s} end",
    ],
    "d": [
        "add_days({d}, {i} % 100)", "add_months({d}, {i} % 20)", "start_of('week', {d})", "start_of('month', {t})",
        "start_of('quarter', {d})", "last_day({d})", "make_date(2012, 1 + abs({i} % 12), 3)", "cast({t} as date)",
        "try_cast({s} as date)", "{d} + {i} % 50", "{d} - {i} % 50", "coalesce({d}, {d})", "least({d}, {d})",
        "date({t})",
    ],
    "t": [
        "{t} + interval 3 day", "{d} + interval 2 month", "{t} - interval 90 minute", "add_seconds({t}, {i})",
        "date_trunc('hour', {t})", "date_trunc('month', {d})", "cast({d} as timestamp)", "try_cast({s} as timestamp)",
        "coalesce({t}, {t})", "greatest({t}, {t})", "strptime('5/1/2013', '%d/%m/%Y')",
        "try_strptime({s}, '%Y-%m-%d')", "make_timestamp(2012, 1 + abs({i} % 12), 3, abs({i} % 24), 5, abs({m} % 60))",
        "strptime('2013-' || (100 + abs({i} % 200)), '%Y-%j')",
        "utc_of('2013-01-31T10:20:30+02:00')", "at_zone({t}, 'Europe/Berlin')", "from_zone({t}, 'America/New_York')",
    ],
    "o": [
        "{i} = {i}", "{m} < {i}", "{f} >= {m}", "{s} <> {s}", "{s} < {s}", "{d} <= {t}", "{t} > {d}", "{o} and {o}",
        "{o} or {o}", "not {o}", "{i} is null", "{o} is true", "{s} is not distinct from {s}",
        "{i} is distinct from {i}",
        "{i} between {i} and {i}", "{d} between {d} and {d}", "{i} in (1, 2, {i})", "{s} in ('a', {s})",
        "{s} like 'a%'",
        "{s} ilike '%A_'", "{s} like '%!_%' escape '!'", "contains({s}, {s})", "starts_with({s}, 'a')",
        "ends_with({s}, {s})", "regexp_matches({s}, '^[a-z].*$')", "regexp_matches({s}, '(?i)a.$')", "isnan({f})",
        "regexp_full_match({s}, '(?i)[a-z]+')", "isinf({f})", "isfinite({f})", "({i}, {s}) in ((1, 'a'), ({i}, {s}))",
        "cast({i} as boolean)", "{d} < '2013-01-31'", "{m} is not null",
        "current_date > {d} and {o}", "{s} not like '%a'", "{i} not in (0, {i})",
        "{t} between {d} and {t}", "{f} is null", "{m} in ({m}, 1)", "{o} = {o}", "{d} is not distinct from {d}",
        "not ({i} between {m} and {f})", "case when {o} then {o} else {o} end",
    ],
}  # fmt: skip
AGGREGATES: dict[str, str] = {
    "any_value({s})": "s",
    # A covariance of large numbers is what rounding leaves of them, and each engine leaves something else.
    "corr({j}, {m} % 1000)": "f", "covar_pop({j}, {m} % 1000)": "f", "covar_samp({m} % 1000, {j} % 9)": "f",
    "regr_slope({m} % 1000, {j} % 9)": "f", "regr_intercept({m} % 1000, {j} % 9)": "f",
    "regr_r2({m} % 1000, {j} % 9)": "f", "regr_count({j}, {m} % 1000)": "i",
    "quantile_cont({j}, 0.3)": "f", "quantile_cont({f}, 0.75)": "f",
    "string_agg(distinct {s}, ',' order by {s})": "s",
    "count(*)": "i", "count({s})": "i", "count(distinct {i})": "i", "count_if({o})": "i", "sum({j})": "i",
    "sum({m})": "m", "avg({m})": "f", "avg({j})": "f", "min({s})": "s", "max({d})": "d", "min({t})": "t",
    "max({f})": "f", "median({j})": "f", "stddev({j})": "f", "stddev_pop({m})": "f", "stddev_samp({j})": "f",
    "variance({j})": "f", "var_pop({j})": "f", "bool_and({o})": "o", "bool_or({o})": "o",
    "string_agg({s}, ',' order by {key})": "s", "first_by({s}, {key})": "s", "last_by({i}, {key})": "i",
    "sum({j}) filter (where {o})": "i", "max({d}) - min({d})": "i", "count(distinct {s}) filter (where {o})": "i",
    "sum(distinct {j})": "i", "min({m})": "m", "max({o})": "o", "coalesce(sum({j}), 0)": "i", "avg(distinct {j})": "f",
    "last_by({d}, {key}) filter (where {o})": "d", "count(distinct ({i}, {s}))": "i",
}  # fmt: skip
"""Aggregates, each with the letter of its family."""
