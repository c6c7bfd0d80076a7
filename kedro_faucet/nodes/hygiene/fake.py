"""Fakes: invented names, cities and addresses in the place of true ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import pyarrow as pa

from kedro_faucet.engines import Table, engine_of, quote
from kedro_faucet.engines.conversion import require
from kedro_faucet.exceptions import ConfigError, did_you_mean
from kedro_faucet.nodes.hygiene.columns import replaced, require_family
from kedro_faucet.nodes.hygiene.secret import Secret
from kedro_faucet.nodes.lineage import Origin, Traced
from kedro_faucet.nodes.star.keys import check_columns

# What a fake can be, and Faker's word for it: addresses end in example.org and its kin.
KINDS = {
    "name": "name", "first_name": "first_name", "last_name": "last_name", "email": "safe_email", "user": "user_name",
    "phone": "phone_number", "street": "street_address", "city": "city", "postcode": "postcode", "country": "country",
    "company": "company", "job": "job",
}  # fmt: skip


@dataclass(frozen=True)
class Fake:
    """Put invented values in the place of true ones: the same one for the same value and key, on both engines.

    >>> from kedro_faucet.engines import connect
    >>> engine, key = connect(), Secret("correct horse battery staple")
    >>> people = engine.sql("select 'Ada' as person, 1 as n union all select 'Ada', 2 union all select null, 3")
    >>> rows = sorted(engine.rows(Fake({"person": "name"}).build(people, key)), key=lambda row: row[1])
    >>> rows[0][0] == rows[1][0] != "Ada", rows[2][0]
    (True, None)

    Fakes are for the eye, not for joins: two values may have one fake. They stay the same as long as Faker's release
    does.

    Args:
        columns: what each column's fakes are, by its name: name, first_name, last_name, email, user, phone, street,
            city, postcode, country, company or job.
        key: the environment variable that holds the secret, where ``build`` is given none.
        locale: the country whose names these are, as ``de_DE``.
        size: how many different fakes of a kind there are.

    Raises:
        ConfigError: if a kind or a locale is none, or the secret is missing.
        MissingExtraError: if Faker is not installed.
        DataError: if a column is missing, or its values have no text that both engines write alike.
    """

    columns: Mapping[str, str]
    key: str = "PSEUDONYM_KEY"
    locale: str = "en_US"
    size: int = 1000

    def __post_init__(self) -> None:
        """Check the kinds."""
        for name, kind in self.columns.items():
            if kind not in KINDS:
                raise ConfigError(
                    f"'{name}': no fakes are a '{kind}'; there are {', '.join(KINDS)}.{did_you_mean(kind, KINDS)}"
                )

    def build(self, table: Table, secret: Secret | None = None) -> Table:
        """Return the table with fakes.

        Args:
            table: the rows.
            secret: the secret; default: that of the environment.
        """
        engine = engine_of(table)
        text = self.sql(engine.schema(table))
        kinds = sorted(set(self.columns.values()))
        lists = {kind: _invented(KINDS[kind], self.locale, self.size) for kind in kinds}
        fakes = engine.from_frame(pa.table({"kf_n": range(self.size), **lists}))
        keys = (secret or Secret.of(self.key)).table(engine, "fake")
        return engine.sql(text, source=table, secret=keys, fakes=fakes)

    def lineage(self, table: Traced, secret: object = None) -> Traced:
        """Return the columns; a fake is no value of its column, which chooses it."""
        return table.having({name: Origin((), table.origin(name).values) for name in self.columns})

    def sql(self, schema: Mapping[str, str] | None = None) -> str:
        """Return the SQL, given the types of the columns; without them, as a preview shows it."""
        if schema:
            check_columns(self.columns, schema, "Fake: the table")
        for name in self.columns:
            require_family(name, (schema or {}).get(name, "VARCHAR"))
        made = {name: f"fakes_{at}.{quote(kind)}" for at, (name, kind) in enumerate(self.columns.items())}
        joins = "".join(
            f"\nleft join fakes as fakes_{at} on fakes_{at}.kf_n = "
            f"surrogate_key(secret.inner_key, source.{quote(name)}) % {self.size} and source.{quote(name)} is not null"
            for at, name in enumerate(self.columns)
        )
        return f"select {replaced(schema or (), made)} from source cross join secret{joins}"


@cache
def _invented(kind: str, locale: str, size: int) -> tuple[str, ...]:
    """Return invented values, the same ones whenever they are asked for."""
    faker = require("faker", "fakes")
    try:
        source = faker.Faker(locale, use_weighting=False)
    except AttributeError:
        near = did_you_mean(locale, require("faker.config", "fakes").AVAILABLE_LOCALES)
        raise ConfigError(f"Faker knows no locale '{locale}', as de_DE is one.{near}") from None
    source.seed_instance(0)
    return tuple(str(getattr(source, kind)()).replace("\n", ", ") for _ in range(size))
