"""The contract of databases, in their own types: the values and rows that come are those that there are, or refused."""

from __future__ import annotations

import contextlib

import pytest
from databases import DATABASES, Place
from kedro.io import DatasetError

from kedro_faucet.engines import Engine, quote
from kedro_faucet.exceptions import FaucetError

pytestmark = pytest.mark.servers


def cases(words: str) -> pytest.MarkDecorator:
    """The cases of each database, as parameters of a test."""
    each = [(name, case) for name, (module, _) in DATABASES.items() for case in getattr(module.WORDS, words)]
    return pytest.mark.parametrize(
        ("place", "case"), each, indirect=["place"], ids=[f"{name}-{' '.join(case)}" for name, case in each]
    )


def test_every_type_is_one_that_tables_keep(place: Place, embedded: Engine):
    """Each type comes as its nearest kin here, or as the text that the database makes of it; NULL is NULL."""
    kinds, values, words, found = zip(*place.words.values, strict=True)
    columns = ", ".join(f"c{number} {kind}" for number, kind in enumerate(kinds))
    nulls = ", ".join("null" for _ in kinds)
    place.sql(*place.words.before, f"create table {{}}orders ({columns})")
    place.sql(f"insert into {{}}orders values ({', '.join(values)})", f"insert into {{}}orders values ({nulls})")
    loaded = place.resource(embedded).load()
    assert dict(zip(kinds, embedded.schema(loaded).values(), strict=True)) == dict(zip(kinds, words, strict=True))
    first, second = sorted(embedded.rows(loaded), key=lambda row: row[0] is None)
    assert {kind: value for kind, value, right in zip(kinds, first, found, strict=True) if value != right} == {}
    assert set(second) == {None}


@cases("refused")
def test_what_no_table_keeps_is_refused(place: Place, embedded: Engine, case: tuple[str, str, str]):
    """A value or type that would come wrong is refused by the column's name; declared as VARCHAR, its text comes."""
    kind, value, said = case
    place.sql(f"create table {{}}orders (c {kind})", f"insert into {{}}orders values (null), ({value})")
    with pytest.raises((DatasetError, FaucetError)) as error:
        embedded.rows(place.resource(embedded).load())
    assert said in str(error.value)
    assert "load_args: columns: {c: " in str(error.value)
    as_text = place.resource(embedded, load_args={"columns": {"c": "VARCHAR"}})
    with contextlib.nullcontext() if "bytes" not in said else pytest.raises(FaucetError, match="is the bytes"):
        assert sum(text is not None for (text,) in embedded.rows(as_text.load())) == 1


def test_a_filter_takes_the_same_rows_there_as_here(place: Place, embedded: Engine):
    """Whatever DuckDB hands on of a filter, the database and it take the very rows that DuckDB takes of a copy."""
    place.sql(*place.words.filtered)
    there = place.resource(embedded).load()
    here = embedded.persist(there)
    for condition in place.words.filters:
        text = f"select * from t where {condition}"
        taken = [sorted(embedded.rows(embedded.sql(text, portable=False, t=t)), key=repr) for t in (there, here)]
        assert taken[0] == taken[1], condition


@cases("changed")
def test_what_would_be_changed_is_refused(place: Place, embedded: Engine, case: tuple[str, str, str]):
    """A value that the database would cut, round, alter or leave out is refused; the table stays as it was."""
    columns, row, said = case
    place.sql(f"create table {{}}orders ({columns})")
    for mode in ("append", "overwrite"):
        with pytest.raises(DatasetError) as error:
            place.resource(embedded, save_args={"mode": mode}).save(embedded.sql(f"select {row}", portable=False))
        assert said in str(error.value)
        assert place.sql("select * from {}orders") == []


def test_an_overwrite_keeps_the_table(place: Place, embedded: Engine):
    """Types, lengths, keys, defaults, comments, indexes, rights and views stay; columns come and go with the rows."""
    place.sql(*place.words.kept)
    for _ in range(2):
        place.resource(embedded).save(embedded.sql(place.words.saved, portable=False))
    for query, found in place.words.found.items():
        assert place.sql(query) == found, query


def test_keys_are_told_apart_letter_by_letter(place: Place, embedded: Engine):
    """A merge tells 'a', 'A' and 'a ' apart in a column that does not; a unique key that does not refuses them."""
    rows = embedded.sql("select unnest(['a', 'A', 'a ']) as id, unnest([1, 2, 3]) as n", portable=False)
    how = {"save_args": {"mode": "merge", "key": "id"}}
    place.sql(*place.words.before, f"create table {{}}orders (id {place.words.letters}, n int)")
    for name in ("orders", "orders", "made", "made"):
        place.resource(embedded, name, **how).save(rows)
    for name in ("orders", "made"):
        assert sorted(place.sql(f"select id, n from {{}}{name}")) == [("A", 2), ("a", 1), ("a ", 3)]
    if place.words.unique:
        place.sql(f"create table {{}}single (id {place.words.letters} not null primary key, n int)")
        with pytest.raises(DatasetError, match=place.words.unique):
            place.resource(embedded, "single", **how).save(rows)
        assert place.sql("select * from {}single") == []


def test_a_table_is_saved_to_where_it_is_read_from(place: Place, embedded: Engine):
    """Rows that are computed of a place's tables while they are saved into it wait for nobody."""
    place.resource(embedded, "source").save(embedded.sql("select i from range(50000) t(i)", portable=False))
    source = place.resource(embedded, "source").load()
    assert len(embedded.rows(embedded.sql("select * from t limit 5", portable=False, t=source))) == 5
    place.resource(embedded, "target").save(source)
    assert place.sql("select count(*) from {}target") == [(50000,)]


def test_every_name_of_a_column_is_kept(place: Place, embedded: Engine) -> None:
    """Columns are saved again, appended, merged and read by names with quotes, blanks and signs of parameters."""
    names = ["a`b", "``", 'c"d', "it's", "x y", "select", "%s", ":e", "é\\"]
    columns = ", ".join(f"i + {number} as {quote(name)}" for number, name in enumerate(names))
    rows = embedded.sql(f"select {columns} from range(2) t(i)", portable=False)
    for table, mode in [("t", "overwrite"), ("t", "overwrite"), ("t", "append"), ("m", "merge"), ("m", "merge")]:
        how = {"mode": mode, **({"key": names[:2]} if mode == "merge" else {})}
        place.resource(embedded, table, save_args=how).save(rows)
    for table, times in (("t", 2), ("m", 1)):
        loaded = place.resource(embedded, table, load_args={"select": names}).load()
        assert loaded.columns == names
        assert sorted(embedded.rows(loaded)) == sorted(times * embedded.rows(rows))
