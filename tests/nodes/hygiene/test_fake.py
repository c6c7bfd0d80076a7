"""Fakes."""

from __future__ import annotations

import pytest

from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import ConfigError, DataError
from kedro_faucet.nodes.hygiene.fake import KINDS, Fake
from kedro_faucet.nodes.hygiene.secret import Secret

SECRET = Secret("correct horse battery staple")
PEOPLE = "select concat('p', cast(n % 50 as varchar)) as person, n from (select unnest(generate_series(1, 200)) as n) t"


def test_equal_values_have_equal_fakes(engine: Engine) -> None:
    """Rows stay as many as they are, one value has one fake, and there are many of them; NULL stays NULL."""
    people = engine.sql(f"{PEOPLE} union all select null, 0")
    rows = engine.rows(Fake({"person": "name"}).build(people, SECRET))
    fakes = {n % 50: name for name, n in rows if n}
    assert len(rows) == 201
    assert all(name == fakes[n % 50] for name, n in rows if n)
    assert len(set(fakes.values())) > 40
    assert [name for name, n in rows if not n] == [None]


@pytest.mark.spark
def test_both_engines_give_the_same_fakes(spark: Engine) -> None:
    """Each kind is the same on DuckDB and Spark, and another secret gives others."""
    from kedro_faucet import engines

    text = f"select {', '.join(f'n as {kind}' for kind in KINDS)} from ({PEOPLE}) t where n < 20"
    brick = Fake({kind: kind for kind in KINDS}, locale="de_DE", size=50)
    found = [sorted(each.rows(brick.build(each.sql(text), SECRET))) for each in (engines.connect(), spark)]
    assert found[0] == found[1] != sorted(spark.rows(brick.build(spark.sql(text), Secret("another secret of mine"))))
    assert all("@example." in row[list(KINDS).index("email")] for row in found[0])


def test_what_is_no_fake_is_refused(engine: Engine) -> None:
    """An unknown kind, locale or column has its nearest names."""
    table = engine.sql("select 'x' as person")
    with pytest.raises(ConfigError, match=r"no fakes are a 'nmae'.*Did you mean 'name'"):
        Fake({"person": "nmae"})
    with pytest.raises(ConfigError, match=r"no locale 'de_DD'.*Did you mean 'de_DE'"):
        Fake({"person": "name"}, locale="de_DD").build(table, SECRET)
    with pytest.raises(DataError, match=r"Column 'x' is DOUBLE"):
        Fake({"x": "name"}).build(engine.sql("select 1.5e0 as x"), SECRET)
    with pytest.raises(DataError, match=r"no column 'persn'.*Did you mean 'person'"):
        Fake({"persn": "name"}).build(table, SECRET)


def test_the_preview_shows_the_lookup() -> None:
    """Without a table the fakes come last."""
    assert "left join fakes" in Fake({"person": "name"}).sql()
