"""Columns and their types: what both engines store alike, and rows that fit the table they are added to."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kedro_faucet.engines import Engine, Table, literal, quote
from kedro_faucet.engines.dialect.types import TYPES, fits, misfits
from kedro_faucet.exceptions import DataError, did_you_mean, listed, shortened
from kedro_faucet.storage.intake.audit import COLUMNS

# What one engine knows and the other, or Delta, does not: stored as its nearest kin.
_STORED = {
    "UTINYINT": "SMALLINT",
    "USMALLINT": "INTEGER",
    "UINTEGER": "BIGINT",
    "UBIGINT": "DECIMAL(20,0)",
    "HUGEINT": "DECIMAL(38,0)",
    "UHUGEINT": "DECIMAL(38,0)",
    "TIMESTAMP_S": "TIMESTAMP",
    "TIMESTAMP_MS": "TIMESTAMP",
    "TIMESTAMP_NS": "TIMESTAMP",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP",
    "UUID": "VARCHAR",
    "JSON": "VARCHAR",
    "NULL": "VARCHAR",
    '"NULL"': "VARCHAR",
    "VOID": "VARCHAR",
}


def stored_type(kind: str) -> str:
    """Return the type as which a column is stored.

    >>> stored_type("HUGEINT"), stored_type("ENUM('a')"), stored_type("BIGINT")
    ('DECIMAL(38,0)', 'VARCHAR', 'BIGINT')
    """
    return "VARCHAR" if kind.startswith("ENUM") else _STORED.get(kind, kind)


def storable(engine: Engine, table: Table) -> Table:
    """Return the table with every column in a type that both engines store alike."""
    types = engine.schema(table)
    if not types:
        raise DataError("A table without columns cannot be saved.")
    wanted = {name: stored_type(kind) for name, kind in types.items()}
    _refuse_unkept(types, wanted)
    return table if wanted == types else _cast(engine, table, types, wanted)


def _refuse_unkept(types: Mapping[str, str], stored: Mapping[str, str]) -> None:
    """Refuse what a query in an engine's own SQL may have made, and no table keeps."""
    for name, kind in stored.items():
        if re.split(r"[(\[]", kind)[0] not in (*TYPES, "BLOB", "STRUCT", "MAP"):
            said = f"The column '{name}' is of type {types[name]}, which tables do not keep"
            raise DataError(f"{said}: cast it to VARCHAR in the node.")


OVERWRITE = "replace the resource with mode: overwrite"
"""What to do where rows fit no table."""


def conform(engine: Engine, old: Table, new: Table) -> Table:
    """Return the incoming rows with the old table's columns, by name and in its types; new columns come last.

    Raises:
        DataError: if a column has vanished, or a value does not fit the type that it has in the old table.
    """
    return fitted(engine, engine.schema(old), new)


def fitted(engine: Engine, before: Mapping[str, str], new: Table, otherwise: str = OVERWRITE) -> Table:
    """Return the incoming rows with the columns of a table, by name and in its types; new columns come last.

    Args:
        engine: of the rows.
        before: the table's columns and types.
        new: the rows.
        otherwise: what to do where they do not fit.

    Raises:
        DataError: if a column is missing, or a value does not fit the type that it has in the table.
    """
    types = engine.schema(new)
    missing = [name for name in before if name not in types and name not in COLUMNS]
    if missing:
        hint = did_you_mean(missing[0], [name for name in types if name not in before])
        raise DataError(
            f"The incoming table lacks the column {listed(map(repr, missing))} that the resource has.{hint} "
            f"Add it (NULL where unknown), or {otherwise}."
        )
    tests = misfit_tests(before, types)
    _refuse_misfits(engine, new, before, types, tests, otherwise)
    wanted = {**before, **{name: stored_type(kind) for name, kind in types.items() if name not in before}}
    if list(wanted.items()) == list(types.items()):
        return new
    nothing = {name for name, test in tests.items() if test.endswith("is not null")}
    return _cast(engine, new, {name: kind for name, kind in types.items() if name not in nothing}, wanted)


def misfit_tests(before: Mapping[str, str], types: Mapping[str, str]) -> dict[str, str]:
    """Return the SQL tests for values that do not fit, of the columns that have some such values or may have."""
    kinds = {name: stored_type(types[name]) for name in before if name in types}
    unfit = {name: found for name, found in kinds.items() if not fits(found, before[name])}
    return {name: misfits(quote(name), found, before[name]) for name, found in unfit.items()}


def _refuse_misfits(
    engine: Engine,
    new: Table,
    before: Mapping[str, str],
    types: Mapping[str, str],
    tests: Mapping[str, str],
    otherwise: str,
) -> None:
    """Refuse the first column that has a value which does not fit the type that it has in the resource."""
    if not tests:
        return
    counts = ", ".join(f"count(*) filter (where {test}) as n{number}" for number, test in enumerate(tests.values()))
    [found] = engine.rows(engine.sql(f"select {counts} from incoming", incoming=new))
    name = next((name for name, count in zip(tests, found, strict=True) if count), None)
    if name is None:
        return
    example = f"select {quote(name)} from incoming where {tests[name]} limit 1"
    [(value,)] = engine.rows(engine.sql(example, incoming=new))
    value = repr(value) if isinstance(value, str) else value
    raise DataError(
        f"The column '{name}' is {types[name]} in the incoming table and {before[name]} in the resource, which cannot "
        f"hold {shortened(value)}: {_advice(name, types[name], before[name])}, or {otherwise}."
    )


def _advice(name: str, kind: str, into: str) -> str:
    """Say how a column may fit; a cast to a narrower type would lose values, or stop at the first that does not fit."""
    if into == "VARCHAR":
        return f"cast it in the node (cast({quote(name)} as {into}))"
    if kind == "VARCHAR":
        return f"if all its texts are of that type, read it so (load_args: columns: {{{name}: {into}}})"
    return "round or correct it in the node"


def settled(engine: Engine, old: Table, new: Table) -> Table:
    """Return the old table, its columns that hold nothing yet in the types of the incoming ones."""
    before, types = engine.schema(old), {name: stored_type(kind) for name, kind in engine.schema(new).items()}
    differ = [name for name in before if name in types and not fits(types[name], before[name])]
    wanted = {**before, **{name: types[name] for name in differ if _untyped(engine, old, name)}}
    return old if wanted == before else _cast(engine, old, before, wanted)


def together(engine: Engine, old: Table, new: Table) -> Table:
    """Return the rows of both; a column that only the new ones have is NULL in the old ones."""
    columns = ", ".join(map(quote, new.columns))
    text = f"select {columns} from old union all select {columns} from new"
    return engine.sql(text, old=widened(engine, old, new), new=new)


def _untyped(engine: Engine, table: Table, name: str) -> bool:
    """Tell whether a column says nothing of its type: a frame's without values is a text for want of another."""
    if engine.schema(table)[name] != "VARCHAR":
        return False
    return engine.rows(engine.sql(f"select 1 from t where {quote(name)} is not null limit 1", t=table)) == []


def widened(engine: Engine, old: Table, new: Table) -> Table:
    """Return the old table with the columns that only the incoming one has, NULL."""
    before, types = engine.schema(old), engine.schema(new)
    wanted = {**before, **{name: stored_type(kind) for name, kind in types.items() if name not in before}}
    return old if wanted == before else _cast(engine, old, before, wanted)


def _cast(engine: Engine, table: Table, types: Mapping[str, str], wanted: Mapping[str, str]) -> Table:
    columns = [
        quote(name) if types.get(name) == kind else f"cast({_value(name, types, kind)} as {kind}) as {quote(name)}"
        for name, kind in wanted.items()
    ]
    return engine.sql(f"select {', '.join(columns)} from incoming", incoming=table)


def _value(name: str, types: Mapping[str, str], kind: str) -> str:
    """Return what is cast: nothing of a column that there is not, and whole numbers of fractions for integers."""
    if name not in types:
        return "null"
    return f"round({quote(name)})" if types[name] in ("DOUBLE", "FLOAT") and "INT" in kind else quote(name)


_FORMULA = "=+-@\t\r\n＝＋－＠"


def without_formulas(engine: Engine, table: Table) -> Table:
    """Return a table in which no text begins as a formula does: such a one has ``'`` before it.

    >>> from kedro_faucet import engines
    >>> engine = engines.connect()
    >>> engine.rows(without_formulas(engine, engine.sql("select '=1+1' as a, 'late' as b, -1 as n")))
    [("'=1+1", 'late', -1)]

    Raises:
        DataError: if the name of a column begins so.
    """
    table = storable(engine, table)
    for name in table.columns:
        if name.startswith(tuple(_FORMULA)):
            raise DataError(f"A spreadsheet would compute the name of the column {name!r}: rename it in the node.")
    signs = ", ".join(map(literal, _FORMULA))
    columns = [
        f"case when substring({column}, 1, 1) in ({signs}) then concat('''', {column}) else {column} end as {column}"
        if kind == "VARCHAR"
        else column
        for column, kind in ((quote(name), kind) for name, kind in engine.schema(table).items())
    ]
    return engine.sql(f"select {', '.join(columns)} from incoming", incoming=table)
