"""What PostgreSQL and its drivers say, as one sentence of ours with a remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kedro_faucet.exceptions import DataError, FaucetError, ResourceError, did_you_mean, listed, shortened
from kedro_faucet.services.arrow import as_text
from kedro_faucet.services.keys import REMEDIES
from kedro_faucet.services.sql import unsure

if TYPE_CHECKING:
    from kedro_faucet.services.postgres.service import Postgres

_CONNECTION = [
    ("password authentication failed|no password supplied", "the user '{user}' or the password is refused: correct "
     "both in credentials.yml, {credentials}"),
    (r"role \"[^\"]*\" does not exist", "there is no user '{user}': correct it in credentials.yml, {credentials}"),
    ("Connection refused|No route to host|Network is unreachable", "nothing answers at {host}:{port}: start the "
     "server, or correct host: and port: in providers.yml"),
    ("timeout expired|timed out", "{host}:{port} does not answer within {seconds} seconds: see whether the server is "
     "well and a firewall lets us through, or correct host: and port: in providers.yml"),
    ("translate host name|not known|resolve host", "there is no host '{host}': correct host: in providers.yml"),
    ("no pg_hba.conf entry", "the server does not let '{user}' in from this machine: its administrator adds a line to "
     "pg_hba.conf"),
    ("does not support SSL", "the server has no SSL: say sslmode: prefer in providers.yml, or switch SSL on there"),
    ("certificate|SSL", "the encrypted connection fails ({said}): correct sslmode: and sslrootcert: in providers.yml"),
    ("too many clients|remaining connection slots", "it has too many connections: run again when others have ended"),
    ("starting up|shutting down|recovery mode", "the server starts or stops just now: run again when it is up"),
    ("server closed the connection|terminating connection|connection .*lost|could not receive data|no connection to the"
     "|Broken pipe|reset by peer|could not send data|connection is closed",
     "the connection broke: the server was stopped, or the network; nothing was written, so run again"),
]  # fmt: skip
_REFUSALS = {
    "25006": "it writes, and reading never does: query: is a SELECT without side effects.",
    "42601": "query: or where: is no SQL of PostgreSQL's: {said}.",
    "0A000": "query: or where: is refused: {said}.",
    "57014": "the query was cancelled, by a time limit of the server or by its administrator: {said}.",
    "42501": "{said}: grant it to '{user}'.",
    "2BP01": "{said} ({needs}): save the column too, or drop what needs it first.",
    "42703": "{said}: the table has other columns now, or where: names a wrong one.",
    "55P03": "another transaction has held the table for {seconds} seconds; nothing was written. Run again after it, "
    "or say a longer lock_timeout: in providers.yml.",
    "53100": "the server's disk is full; nothing was written.",
}


@contextmanager
def telling(service: Postgres, table: str | None = None, *, is_save: bool = False) -> Iterator[None]:
    """Turn what the drivers raise into one error of ours.

    Raises:
        DataError: if the server refuses values.
        ResourceError: for all else.
    """
    import adbc_driver_manager.dbapi as adbc
    import psycopg
    import pyarrow as pa

    try:
        yield
    except (adbc.Error, psycopg.Error, OSError, pa.ArrowException) as error:
        said = str(error)
        raise told(service, said, getattr(error, "sqlstate", None) or _state(said), table, is_save=is_save) from None


@contextmanager
def committing(service: Postgres) -> Iterator[None]:
    """Say of a connection that breaks while rows are committed that nobody knows of them.

    Raises:
        ResourceError: instead of a driver's error.
    """
    import adbc_driver_manager.dbapi as adbc

    try:
        yield
    except adbc.OperationalError:
        raise unsure(service) from None


def _state(said: str) -> str:
    """Return the number of an error of which a driver tells the text alone."""
    return "25006" if "in a read-only transaction" in said else ""


def told(service: Postgres, said: str, state: str, table: str | None, *, is_save: bool = False) -> FaucetError:
    """Return the error for what a driver says."""
    if found := re.search(r'"The column \'(.+)\' holds (.+?)"?(?:\nDETAIL|$)', said, re.DOTALL):
        shown = shortened(found[2])
        return DataError(f"The column '{found[1]}' holds {shown}, an array of arrays: {as_text(found[1])}")
    first = re.sub(r"^.*?(?:ERROR|FATAL): +", "", said, flags=re.DOTALL).partition("\n")[0].strip().rstrip(".")
    if state == "42P01" and table:
        return service.missing(table)
    if "snapshot" in first and state in ("22023", "42704"):
        return ResourceError(f"{service.place}: the moment that the run holds is gone, with the server: run again.")
    if state[:2] in ("22", "23", "21"):
        remedy = f": {REMEDIES['referenced']}" if "still referenced" in said else _REMEDIES.get(state, "")
        return DataError(f"{service.place}: {_value(said, first)}{remedy}.")
    if state == "25006" and is_save:
        return ResourceError(f"{service.place}: {REMEDIES['read only'].format(said=first)}.")
    if state in _REFUSALS:
        needs = ", ".join(re.findall(r"(view \S+) depends", said))
        words = {"said": first, "user": service.user, "needs": needs, "seconds": service.lock_timeout}
        return ResourceError(f"{service.place}: {_REFUSALS[state].format(**words)}")
    return ResourceError(f"{service.place}: {_of_connection(service, said, first)}")


def _of_connection(service: Postgres, said: str, first: str) -> str:
    """Return what there is to say of a server that does not let us in, or is gone."""
    if database := re.search(r'database "([^"]*)" does not exist', said):
        return f"there is no database '{database[1]}'.{service.near_databases()}"
    words = {"user": service.user, "host": service.host, "port": service.port, "seconds": service.connect_timeout,
             "credentials": service.credentials or "named by credentials:", "said": first}  # fmt: skip
    sentence = next((text for pattern, text in _CONNECTION if re.search(pattern, said)), "PostgreSQL says: {said}")
    return f"{sentence.format(**words)}."


_REMEDIES = {
    "22021": ": a text there has no character of number 0, so take it out in the node",
    "23505": f": {REMEDIES['unique']}",
    "23502": f": {REMEDIES['null']}",
    "23503": f": {REMEDIES['foreign']}",
    "23514": f": {REMEDIES['check']}",
}


def _value(said: str, first: str) -> str:
    """Return what the server says of a value, with the row that it quotes."""
    detail = re.search(r"DETAIL: +(.+)", said)
    column = re.search(r"column (\w+)", said.partition("CONTEXT:")[2])
    where = f", in the column '{column[1]}'" if column else ""
    return f"{first}{where}" + (f" ({detail[1].strip().rstrip('.')})" if detail else "")


def no_schema(service: Postgres, schema: str, known: list[str]) -> ResourceError:
    """Return the error for a schema that there is not."""
    return ResourceError(
        f"{service.place}: there is no schema '{schema}'.{did_you_mean(schema, known)} "
        f"There are: {listed(known, near=schema)}. Correct schema: in providers.yml, or create it."
    )
