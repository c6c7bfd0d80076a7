"""Schema policies: whether a table takes columns and values that it was not made for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from kedro_faucet.engines import Engine, Table, literal, quote
from kedro_faucet.exceptions import DataError, did_you_mean, listed
from kedro_faucet.storage.intake.audit import COLUMNS
from kedro_faucet.storage.schema import misfit_tests

Policy = Literal["evolve", "freeze", "discard_rows", "discard_values"]


class Admitted(NamedTuple):
    """The rows that a table takes, and those that are put aside, each with a reason; none where all fit."""

    rows: Table
    rejected: Table | None


def admitted(engine: Engine, old: Table, new: Table, policy: Policy) -> Admitted:
    """Return which of the incoming rows a table takes.

    >>> from kedro_faucet import engines
    >>> engine = engines.connect()
    >>> old = engine.sql("select 1 as n")
    >>> new = engine.sql("select * from (values (2, null), (3, 'x')) t(n, extra)")
    >>> rows, rejected = admitted(engine, old, new, "discard_rows")
    >>> engine.rows(rows), engine.rows(rejected)
    ([(2,)], [("column 'extra' is new", '3', 'x')])

    Args:
        engine: whose tables they are.
        old: the table.
        new: the incoming rows.
        policy: ``evolve`` takes new columns, and refuses values that do not fit; ``freeze`` refuses both;
            ``discard_rows`` puts rows aside that have a value in a new column or one that does not fit;
            ``discard_values`` takes them without these values (NULL), and puts a copy aside.

    Raises:
        DataError: if a frozen table's columns differ.
    """
    before, types = engine.schema(old), engine.schema(new)
    extra = [name for name in types if name not in before and name not in COLUMNS]
    if policy == "evolve":
        return Admitted(new, None)
    if policy == "freeze":
        _refuse_new(extra, list(before))
        return Admitted(new, None)
    tests = misfit_tests({name: kind for name, kind in before.items() if name in types}, types)
    faults = {f"column '{name}' is new": f"{quote(name)} is not null" for name in extra}
    faults |= {f"'{name}' does not fit {before[name]}": test for name, test in tests.items()}
    if not faults:
        return Admitted(new, None)
    new = engine.persist(new)
    fault = " or ".join(f"coalesce({test}, false)" for test in faults.values())
    rejected = _rejected(engine, new, faults, fault)
    kept = {name: tests.get(name) for name in types if name not in extra}
    where = f" where not ({fault})" if policy == "discard_rows" else ""
    return Admitted(engine.sql(f"select {_columns(kept)} from incoming{where}", incoming=new), rejected)


def _refuse_new(extra: Sequence[str], known: Sequence[str]) -> None:
    if extra:
        raise DataError(
            f"The incoming table has the new column {listed(map(repr, extra))}, and schema: freeze takes none."
            f"{did_you_mean(extra[0], known)} Leave it out in the node, or say schema: evolve."
        )


def _columns(kept: Mapping[str, str | None]) -> str:
    """Return the columns, NULL where a value does not fit."""
    tests = {name: test for name, test in kept.items() if test}
    values = {name: f"case when not coalesce({test}, false) then {quote(name)} end" for name, test in tests.items()}
    return ", ".join(f"{values.get(name, quote(name))} as {quote(name)}" for name in kept)


def _rejected(engine: Engine, new: Table, faults: Mapping[str, str], fault: str) -> Table | None:
    """Return the rows with a fault as texts, each with its reasons; nothing if there are none."""
    reasons = ", ".join(f"case when {test} then {literal(reason)} end" for reason, test in faults.items())
    text = f"select concat_ws('; ', {reasons}) as kf_reason, * from incoming where {fault}"
    found = engine.persist(engine.sql(text, incoming=new))
    if not engine.rows(engine.sql("select 1 as n from found limit 1", found=found)):
        return None
    texts = ", ".join(f"cast({_quoted(engine, name)} as string) as {_quoted(engine, name)}" for name in found.columns)
    return engine.sql(f"select {texts} from kf_found", portable=False, kf_found=found)


def _quoted(engine: Engine, name: str) -> str:
    return quote(name) if engine.name == "duckdb" else f"`{name.replace('`', '``')}`"
