"""Pseudonyms: a keyed hash in the place of what names a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kedro_faucet.engines import Table, engine_of, quote
from kedro_faucet.exceptions import ConfigError
from kedro_faucet.nodes.hygiene.columns import replaced, require_family
from kedro_faucet.nodes.hygiene.secret import Secret
from kedro_faucet.nodes.lineage import Origin, Traced
from kedro_faucet.nodes.star.keys import check_columns

_LETTERS = {"number": "n", "text": "s", "date": "d", "timestamp": "t", "boolean": "b"}


@dataclass(frozen=True)
class Pseudonym:
    """Put a keyed hash in the place of values: equal values stay equal, and nobody without the key can tell them.

    >>> from kedro_faucet.engines import connect
    >>> engine, key = connect(), Secret("correct horse battery staple")
    >>> people = engine.sql("select 'ada' as person, 1 as n union all select 'ada', 2")
    >>> rows = engine.rows(Pseudonym(["person"]).build(people, key))
    >>> rows[0][0] == rows[1][0], len(rows[0][0])
    (True, 64)

    A pseudonym is ``sha256(outer || sha256(inner || letter || ':' || text))`` in hexadecimal digits: the construction
    of HMAC, with keys of 64 hexadecimal digits, one block of SHA-256 each. These are the HMAC-SHA256 of
    ``inner_key:DOMAIN`` and ``outer_key:DOMAIN`` under the secret. The text is ``text_of`` the value, the letter its
    family, as in a surrogate key: n (integers and decimals), s, d, t, b. NULL stays NULL. The keys are in no SQL text:
    they are a table of one row.

    Args:
        columns: the columns to replace; text, integer, decimal, date, timestamp or boolean.
        key: the environment variable (also of ``.env``) that holds the secret, where ``build`` is given none.
        domain: what the pseudonyms are for: those of two domains cannot be linked.

    Raises:
        ConfigError: if the secret is missing or short.
        DataError: if a column is missing, or its values have no text that both engines write alike.
    """

    columns: Sequence[str]
    key: str = "PSEUDONYM_KEY"
    domain: str = ""

    def __post_init__(self) -> None:
        """Refuse one text instead of a list."""
        if isinstance(self.columns, str):
            raise ConfigError(f"Pseudonym takes a list of columns: ['{self.columns}'].")

    def build(self, table: Table, secret: Secret | None = None) -> Table:
        """Return the table with pseudonyms.

        Args:
            table: the rows.
            secret: the secret; default: that of the environment.
        """
        engine = engine_of(table)
        text = self.sql(engine.schema(table))
        return engine.sql(text, source=table, secret=(secret or Secret.of(self.key)).table(engine, self.domain))

    def lineage(self, table: Traced, secret: object = None) -> Traced:
        """Return the columns, each of which comes from itself."""
        return table.having({name: Origin(table.origin(name).values) for name in self.columns})

    def sql(self, schema: Mapping[str, str] | None = None) -> str:
        """Return the SQL, given the types of the columns; without them, as a preview shows it."""
        if schema:
            check_columns(self.columns, schema, "Pseudonym: the table")
        made = {name: keyed_hash(name, (schema or {}).get(name, "VARCHAR")) for name in self.columns}
        return f"select {replaced(schema or (), made)} from source cross join secret"


def keyed_hash(name: str, kind: str) -> str:
    """Return the SQL of a value's keyed hash.

    >>> keyed_hash("id", "BIGINT")
    'sha256(secret.outer_key || sha256(secret.inner_key || \\'n:\\' || text_of(source."id")))'

    Raises:
        DataError: if the engines write values of the type differently.
    """
    letter = _LETTERS[require_family(name, kind)]
    text = f"secret.inner_key || '{letter}:' || text_of(source.{quote(name)})"
    return f"sha256(secret.outer_key || sha256({text}))"
