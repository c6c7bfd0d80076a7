"""Pseudonyms."""

from __future__ import annotations

import hashlib
import hmac
import pickle
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import ConfigError, DataError, FaucetError
from kedro_faucet.nodes.hygiene.pseudonym import Pseudonym
from kedro_faucet.nodes.hygiene.secret import Secret

TEXT = "correct horse battery staple"
SECRET = Secret(TEXT)
VALUES = {
    "s": ("Grüße 😀", "s:Grüße 😀"),
    "i": (7, "n:7"),
    "d": (Decimal("7.00"), "n:7"),
    "day": (date(2013, 1, 31), "d:2013-01-31"),
    "t": (datetime(2013, 1, 31, 10), "t:2013-01-31 10:00:00"),
    "b": (True, "b:true"),
}


def derived(name: str, domain: str = "") -> str:
    """Return a key as the docstring says it is made."""
    return hmac.digest(TEXT.encode(), f"{name}_key:{domain}".encode(), "sha256").hex()


def expected(text: str, domain: str = "") -> str:
    """Return a pseudonym as the docstring says it is made."""
    inner = hashlib.sha256((derived("inner", domain) + text).encode()).hexdigest()
    return hashlib.sha256((derived("outer", domain) + inner).encode()).hexdigest()


def test_a_pseudonym_is_made_as_the_docstring_says(engine: Engine) -> None:
    """Both engines give what Python's own SHA-256 gives, for each type; the other columns stay."""
    table = engine.from_frame(pa.table({"n": [1], **{name: [value] for name, (value, _) in VALUES.items()}}))
    made = Pseudonym(list(VALUES), domain="shop").build(table, SECRET)
    assert made.columns == ["n", *VALUES]
    assert engine.rows(made) == [(1, *(expected(text, "shop") for _, text in VALUES.values()))]


def test_equal_values_have_equal_pseudonyms_and_others_do_not(engine: Engine) -> None:
    """Numbers of any width are equal, NULL stays NULL; a text, another key and another domain differ."""
    table = engine.sql("select 7 as a, cast(7 as bigint) as b, cast(7 as decimal(9, 2)) as c, '7' as d, null as e")
    [(a, b, c, d, e)] = engine.rows(Pseudonym(["a", "b", "c", "d", "e"]).build(table, SECRET))
    assert a == b == c != d
    assert e is None
    [(other,)] = engine.rows(Pseudonym(["d"]).build(engine.sql("select '7' as d"), Secret(TEXT + "!")))
    [(domain,)] = engine.rows(Pseudonym(["d"], domain="x").build(engine.sql("select '7' as d"), SECRET))
    assert len({d, other, domain}) == 3


def test_the_secret_is_in_nothing_that_is_shown(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither it nor a key made of it is in the brick, its pickle, preview, SQL, plan, printout or errors."""
    monkeypatch.setenv("SHOP_KEY", TEXT)
    brick, table = Pseudonym(["s"], key="SHOP_KEY"), engine.sql("select 'x' as s, 1.5e0 as f")
    made = brick.build(table)
    shown = [repr(brick), str(pickle.dumps(brick)), brick.sql(), brick.sql(engine.schema(table)), repr(SECRET)]
    shown += [f"{SECRET}", str(vars(made)) if hasattr(made, "__dict__") else "", repr(engine.rows(made))]
    shown += [made.explain() if engine.name == "duckdb" else made._jdf.queryExecution().toString()]
    keys = SECRET.table(engine, "")
    for text in ("select nothing from source cross join secret", "select cast(inner_key as bigint) as x from secret"):
        with pytest.raises(FaucetError) as caught:
            engine.rows(engine.sql(text, source=table, secret=keys))
        shown.append(str(caught.value) if "nothing" in text else "")
    with pytest.raises(DataError, match="'f' is DOUBLE") as refused:
        Pseudonym(["f"], key="SHOP_KEY").build(table)
    shown.append(str(refused.value))
    secrets = (TEXT, derived("inner"), derived("outer"))
    assert not [text for text in shown for secret in secrets if secret in text]


def test_a_secret_that_is_missing_or_short_is_refused(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is named, and how to make one; what it holds is not."""
    table = engine.sql("select 'x' as s")
    monkeypatch.delenv("PSEUDONYM_KEY", raising=False)
    with pytest.raises(ConfigError, match=r"no variable PSEUDONYM_KEY.*token_hex"):
        Pseudonym(["s"]).build(table)
    monkeypatch.setenv("PSEUDONYM_KEY", "hunter2")
    with pytest.raises(ConfigError, match="variable PSEUDONYM_KEY is no text of at least 16") as caught:
        Pseudonym(["s"]).build(table)
    assert "hunter2" not in str(caught.value)


def test_what_cannot_be_hashed_is_refused(engine: Engine) -> None:
    """A missing column and one text instead of a list are told."""
    with pytest.raises(DataError, match=r"no column 'nmae'.*Did you mean 'name'"):
        Pseudonym(["nmae"]).build(engine.sql("select 'x' as name"), SECRET)
    with pytest.raises(ConfigError, match=r"list of columns: \['name'\]"):
        Pseudonym("name")
