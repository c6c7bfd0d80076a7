"""What must hold of a dimension's rows before a fact may join them: one row a key, or one at each time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kedro_faucet.engines import Table, engine_of, quote
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.star.keys import EXAMPLES

FAR = "timestamp '9999-12-31 00:00:00'"

OPEN = "timestamp '9999-01-01 00:00:00'"
"""A valid_to from here on stands for none."""

_CLOSED = (
    "has versions that end with their last moment, just before the next one begins. {keys}: {examples}. valid_to is "
    "when a version is no longer valid: in a SQL node, make it lead(valid_from) over (partition by {keys} order by "
    "valid_from)"
)
_REASONS = {
    "null": "has rows without a key: {keys} is NULL",
    "duplicate": "has more than one row for a key. {keys}: {examples}. Keep one in a SQL node "
    "(qualify row_number() …), or, if they are versions, call their times valid_from and valid_to",
    "overlap": "has versions of one key that are valid at the same time. {keys}: {examples}",
    "time": "has versions without a valid_from, or that end before they begin. {keys}: {examples}",
    "closed": _CLOSED,
    "closed_days": f"{_CLOSED}, or, if nothing was valid on that day, cast valid_to as timestamp",
    "two_current": "has more than one current version of a key (is_current). {keys}: {examples}",
    "collision": "holds two natural keys with one surrogate key, {examples}: rename one of them",
}


def check_members(rows: Table, name: str, source: str, keys: Sequence[str], versions: bool, days: bool = False) -> None:
    """Refuse a dimension whose keys do not tell its rows apart.

    Args:
        rows: the dimension.
        name: its name.
        source: the resource that it was made from, for the message.
        keys: the columns of its natural key.
        versions: True for a type 2 dimension.
        days: True if its times are dates.

    Raises:
        DataError: if they do not; with up to five examples.
    """
    engine = engine_of(rows)
    refused = engine.rows(engine.sql(refused_sql(name, keys, versions, days), dimension=rows))
    if refused:
        problem = refused[0][0]
        examples = ", ".join(sorted({_example(row, len(keys)) for row in refused if row[0] == problem}))
        raise DataError(f"{source} {_REASONS[problem].format(keys=', '.join(keys), examples=examples)}.")


def _example(row: Sequence[Any], width: int) -> str:
    own, other = row[1 : 1 + width], row[1 + width :]
    one, two = (", ".join(str(value) for value in values) for values in (own, other))
    return f"'{one}' and '{two}'" if row[0] == "collision" else f"'{one}'"


def refused_sql(name: str, keys: Sequence[str], versions: bool, days: bool = False) -> str:
    """Return the SQL that finds the rows to refuse, in one pass over the dimension."""
    quoted = [quote(key) for key in keys]
    others = [f"kf_other_{number}" for number in range(len(keys))]
    durable, version = quote(f"{name}_key"), quote(f"{name}_version_key" if versions else f"{name}_key")
    order = ", ".join([*(["valid_from"] if versions else []), *quoted])
    window = f"over (partition by {durable} order by {order})"
    leads = ", ".join(f"lead({key}) {window} as {other}" for key, other in zip(quoted, others, strict=True))
    times = _times(window, durable) if versions else ""
    shown = ", ".join([*quoted, *others])
    return f"""
with compared as (
    select
        member, {", ".join(quoted)}, {leads}{times},
        count(*) over (partition by {version}) as kf_copies
    from dimension
),
judged as (
    select
        case
            when member = 'known' and ({" or ".join(f"{key} is null" for key in quoted)}) then 'null'
            when {" or ".join(f"{key} <> {other}" for key, other in zip(quoted, others, strict=True))} then 'collision'
            {_judged_times(days) if versions else ""}
            when kf_copies > 1 then '{"overlap" if versions else "duplicate"}'
        end as kf_problem, {shown}
    from compared
)
select kf_problem, {shown} from judged where kf_problem is not null order by kf_problem, {shown} limit {EXAMPLES}"""


def _times(window: str, durable: str) -> str:
    current = f"count(case when is_current then 1 end) over (partition by {durable})"
    return f", valid_from, valid_to, lead(valid_from) {window} as kf_next_from, {current} as kf_current"


def _judged_times(days: bool) -> str:
    step, closed = (86400, "closed_days") if days else (1, "closed")
    return f"""when member = 'known' and (valid_from is null or valid_to < valid_from) then 'time'
            when kf_next_from < coalesce(valid_to, {FAR}) or kf_next_from = valid_from then 'overlap'
            when kf_next_from > valid_to and kf_next_from <= add_seconds(valid_to, {step}) then '{closed}'
            when kf_current > 1 then 'two_current'"""
