"""Random expressions over the whole subset: what the engines are compared by beyond the corpus.

``python tests/engines/fuzz.py SEED SECONDS`` runs them for as long as one likes and prints what differs.
"""

from __future__ import annotations

import random
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from corpus import comparable, tables

from kedro_faucet.engines.base import Engine
from kedro_faucet.engines.scopes import Table
from kedro_faucet.exceptions import EngineError, FaucetError, SqlError

# By the letter of a family, what gives a value of it; a letter in braces is a value of that family.
LEAVES: dict[str, list[str]] = {
    "i": ["i", "i % 100", "b % 1000", "1", "0", "-7", "null"],
    "m": ["m", "1.50", "-0.05", "cast(i % 1000 as decimal(12,3))"],
    "f": ["f", "x", "1e3", "cast(m as double)"],
    "s": ["s", "g", "ns", "chr", "'a'", "''", "'É, x'", "cast(null as varchar)"],
    "d": ["d", "date '2012-02-29'", "date '1970-01-01'"],
    "t": ["ts", "timestamp '2013-03-31 02:30:00.5'"],
    "o": ["o", "true", "false", "cast(null as boolean)"],
}
FORMS: dict[str, list[str]] = {
    "i": [
        "{i} % 50 + {i} % 50", "{i} % 50 - {i} % 50", "{i} % 50 * ({i} % 50)", "{i} // {i}", "{i} % {i}", "-({i})",
        "abs({i} % 1000)", "sign({i})", "sign({m})", "sign({f})", "length({s})", "strpos({s}, {s})", "year({d})",
        "quarter({d})", "month({t})", "day({d})", "dayofyear({d})", "hour({t})", "minute({t})", "second({t})",
        "extract(year from {d})", "extract(second from {t})", "int_div({i}, {i})", "days_between({d}, {d})",
        "seconds_between({t}, {t})", "iso_weekday({d})", "date_key({d})", "iso_week({d})", "iso_year({t})",
        "epoch_seconds({t})",
        "surrogate_key({i}, {s}, {d})", "surrogate_key({m}, {o}, {t})", "coalesce({i}, {i})", "nullif({i}, {i})",
        "greatest({i}, {i})", "least({i}, {i})", "case when {o} then {i} else {i} end", "if({o}, {i}, {i})", "({i})",
        "{d} - {d}", "case {i} when {i} then {i} end",
        "try_cast({s} as bigint)", "cast({o} as integer)", "cast(round({m}) as bigint)", "{i} & {i}", "{i} | {i}",
        "xor({i}, {i})", "~({i})", "abs({i} % 1000) << abs({i} % 40)", "{i} >> {i}", "ascii({s})", "unicode({s})",
        "levenshtein({s}, {s})", "trunc({i})",
    ],
    "m": [
        "{m} + {i} % 100", "{m} - {m}", "cast({m} as decimal(12,2)) * 2", "-({m})", "abs({m})", "coalesce({m}, {m})",
        "case when {o} then {m} else {i} % 10 end", "cast({i} % 1000 as decimal(12,2))",
        "try_cast({s} as decimal(10,2))",
        "try_cast({f} as decimal(12,3))", "cast({m} as decimal(18,1))", "{m} % 7", "round({m})", "floor({m})",
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
        "reverse({s})", "chr(abs({i} % 50000))", "hex({s})", "to_hex({i})", "sha1({s})", "strftime({t}, '%H.%f')",
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
        "cast({i} as boolean)", "{d} < '2013-01-31'", "case when {o} then {o} else {o} end",
    ],
}  # fmt: skip
AGGREGATES = [
    "any_value({s})", "corr({i} % 100, {m})", "covar_pop({i} % 100, {m})", "covar_samp({m}, {i} % 9)",
    "regr_slope({m}, {i} % 9)", "regr_intercept({m}, {i} % 9)", "regr_r2({m}, {i} % 9)", "regr_count({i}, {m})",
     "quantile_cont({i}, 0.3)", "quantile_cont({f}, 0.75)",
    "string_agg(distinct s, ',' order by s desc)",
    "count(*)", "count({s})", "count(distinct {i})", "count_if({o})", "sum({i})", "sum({m})", "avg({m})", "avg({i})",
    "min({s})", "max({d})", "min({t})", "max({f})", "median({i})", "stddev({i})", "stddev_pop({m})", "stddev_samp({i})",
    "variance({i})", "var_pop({i})", "bool_and({o})", "bool_or({o})", "string_agg({s}, ',' order by id)",
    "first_by({s}, id)", "last_by({i}, id)", "sum({i}) filter (where {o})", "max({d}) - min({d})",
]  # fmt: skip
WINDOWS = [
    "row_number() over (partition by g order by {s}, id)", "rank() over (order by {d})",
    "dense_rank() over (order by {i})",
    "percent_rank() over (order by {i})", "cume_dist() over (order by {d})", "ntile(3) over (order by id)",
    "lag({i}) over (order by id)", "lead({s}, 2) over (partition by g order by id)",
    "first_value({d}) over (order by id)",
    "last_value({s}) over (order by id)", "nth_value({i}, 2) over (order by id)", "sum({m}) over (order by id)",
    "count({s}) over (partition by g)", "count(distinct {i}) over (partition by g)", "count(distinct {f}) over ()",
    "corr({i} % 50, id) over (partition by g)", "max({t}) over (order by id rows between 2 preceding and current row)",
]  # fmt: skip
RAW = re.compile(r"\[[A-Z_.]+\]|SQLSTATE|Error:|py4j|org\.apache")
"""What an engine says in its own words."""


def grown(template: str, chance: random.Random, depth: int) -> str:
    """Fill a template with random values of the families that it names."""
    return re.sub(r"\{([imfsdto])\}", lambda letter: value(letter[1], chance, depth), template)


def value(letter: str, chance: random.Random, depth: int) -> str:
    """Write a random value of a family."""
    if depth <= 0 or chance.random() < 0.25:
        return chance.choice(LEAVES[letter])
    return f"({grown(chance.choice(FORMS[letter]), chance, depth - 1)})"


def expressions(seed: int) -> Iterator[str]:
    """Yield random expressions over the rows of t, each form in its turn."""
    chance = random.Random(seed)
    forms = [form for each in FORMS.values() for form in each] + WINDOWS
    while True:
        chance.shuffle(forms)
        for form in forms:
            yield grown(form, chance, chance.randint(0, 2))


def aggregates(seed: int) -> Iterator[str]:
    """Yield random aggregates over the groups of t."""
    chance = random.Random(seed)
    while True:
        yield grown(chance.choice(AGGREGATES), chance, chance.randint(0, 2))


@dataclass
class Comparison:
    """Both engines with the corpus's tables, and what they did differently.

    Args:
        engines: the embedded engine, then Spark.
        template: the statement that expressions are columns of.
    """

    engines: Sequence[Engine]
    template: str
    found: dict[str, Any] = field(default_factory=dict)
    compared: int = 0

    def __post_init__(self) -> None:
        """Give each engine its tables."""
        self.pairs: list[tuple[Engine, dict[str, Table]]] = [(engine, tables(engine)) for engine in self.engines]

    def compare(self, batch: Sequence[str]) -> None:
        """Compare expressions; those that the embedded engine refuses or stops at one by one, the others at once."""
        results = {text: self._result(0, [text]) for text in batch}
        whole = [text for text, result in results.items() if not isinstance(result, FaucetError)]
        self._together(whole, results)
        for text in results.keys() - set(whole):
            self._note(text, results[text], self._result(1, [text]))

    def _together(self, batch: list[str], results: dict[str, Any]) -> None:
        theirs = self._result(1, batch) if batch else {}
        if isinstance(theirs, FaucetError) and len(batch) > 1:
            half = len(batch) // 2
            self._together(batch[:half], results)
            return self._together(batch[half:], results)
        for text in batch:
            self._note(text, results[text], theirs if isinstance(theirs, FaucetError) else {text: theirs[text]})
        return None

    def _result(self, place: int, batch: Sequence[str]) -> Any:
        engine, given = self.pairs[place]
        columns = ", ".join(f"{text} as c{number}" for number, text in enumerate(batch))
        try:
            table = engine.sql(self.template.format(columns), **given)
            rows, kinds = engine.rows(table), list(engine.schema(table).values())
        except (SqlError, EngineError) as error:
            return error
        except OverflowError:  # a date that Python has not
            return EngineError("beyond the year 9999")
        return {
            text: (kinds[number], [comparable(row[number]) for row in rows])
            for number, text in enumerate(batch, start=1)
        }

    def _note(self, text: str, ours: Any, theirs: Any) -> None:
        self.compared += 1
        stopped = [isinstance(each, FaucetError) for each in (ours, theirs)]
        refused = [isinstance(each, SqlError) for each in (ours, theirs)]
        same = stopped[0] == stopped[1] and refused[0] == refused[1] if any(stopped) else ours == theirs
        raw = [each for each in (ours, theirs) if isinstance(each, SqlError) and RAW.search(str(each))]
        if not same or raw:
            self.found[text] = tuple(str(each)[:400] for each in (ours, theirs))


def fuzz(
    engines: Sequence[Engine], seed: int, seconds: float, most: float = float("inf"), batch: int = 40
) -> tuple[int, dict[str, Any]]:
    """Compare random expressions for some seconds, or so many; return how many, and what differs with both results."""
    over_rows = Comparison(engines, "select id, {} from t order by id")
    over_groups = Comparison(engines, "select g, {} from t group by g order by g")
    streams = [(over_rows, expressions(seed)), (over_groups, aggregates(seed))]
    end = time.monotonic() + seconds
    while time.monotonic() < end and over_rows.compared + over_groups.compared < most:
        for comparison, stream in streams:
            comparison.compare([next(stream) for _ in range(batch)])
        streams = [streams[0], streams[0], streams[1]] if len(streams) == 2 else streams
    return over_rows.compared + over_groups.compared, {**over_rows.found, **over_groups.found}


if __name__ == "__main__":
    from sessions import connect_spark

    from kedro_faucet import engines

    seed, seconds = int(sys.argv[1]), float(sys.argv[2])
    count, different = fuzz([engines.connect(), connect_spark()], seed, seconds)
    for text, (ours, theirs) in different.items():
        print(f"{text}\n  duckdb: {ours}\n  spark:  {theirs}")
    print(f"{len(different)} of {count:,} differ; seed {seed}, {seconds:.0f} s")
