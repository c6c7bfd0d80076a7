"""What MySQL, MariaDB and their drivers say, as one sentence of ours with a remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kedro_faucet.exceptions import DataError, FaucetError, ResourceError
from kedro_faucet.services.keys import REMEDIES

if TYPE_CHECKING:
    from kedro_faucet.services.mysql.service import MySQL

_BROKEN = (
    "the connection broke: the server was stopped, or the network, or a value has more bytes than its "
    "max_allowed_packet; nothing was written, so run again"
)
_SENTENCES = {
    (1045, 1698, 1251, 1862): "the user '{user}' or the password is refused: correct both in credentials.yml, "
    "{credentials}",
    (1044, 1142, 1143, 1227, 1370): "{said}: grant it to '{user}'",
    (1040, 1203, 1226): "it has too many connections: run again when others have ended",
    (1129, 1130): "the server does not let '{user}' in from this machine: {said}",
    (2006, 2013, 2014, 2055, 1053, 1927, 4031): _BROKEN,
    (1054,): "{said}: the table has other columns now, or where:, select: or query: names a wrong one",
    (1064, 1149, 1248, 1060, 1052, 1305, 1630): "query:, where: or select: is no SQL of this server's: {said}",
    (1792, 1290): "it writes, and reading never does: query: is a SELECT without side effects",
    (1205, 3572): "another transaction has held the table for {seconds} seconds; nothing was written. Run again after "
    "it, or say a longer lock_timeout: in providers.yml",
    (1213,): "another transaction was in the way; nothing was written, so run again",
    (1317, 1969, 3024): "the query was cancelled, by a time limit of the server or by its administrator",
    (1114, 1021, 3, 28, 1030): "the server's disk is full, or fails; nothing was written: {said}",
    (1146, 1051): "there is no such table: {said}",
    (1091, 1828, 1829, 1553): "a column that the rows do not bring cannot be dropped: {said}",
}
_VALUES = {
    1048,
    1062,
    1136,
    1216,
    1264,
    1265,
    1292,
    1364,
    1366,
    1406,
    1411,
    1217,
    1451,
    1452,
    3140,
    3819,
    4025,
    1690,
    1071,
}

_REMEDIES = {
    "unique": (1062,), "null": (1048, 1364), "foreign": (1216, 1452), "referenced": (1217, 1451), "check": (3819, 4025),
}  # fmt: skip


def is_rule(code: int) -> bool:
    """Tell whether an error is of a row that a table's own rules refuse."""
    return any(code in codes for codes in _REMEDIES.values())


@contextmanager
def telling(service: MySQL, table: str | None = None, *, is_save: bool = False) -> Iterator[None]:
    """Turn what the drivers raise into one error of ours.

    Raises:
        DataError: if the server refuses values.
        ResourceError: for all else.
    """
    import pymysql

    try:
        yield
    except (pymysql.Error, RuntimeError, OSError) as error:
        raise told(service, error, table, is_save=is_save) from None
    except BaseException as error:
        # PyMySQL writes on to a connection that it has given up.
        given_up = isinstance(error, AttributeError) and error.name in ("sendall", "settimeout", "read")
        if given_up:
            raise told(service, pymysql.err.OperationalError(2013, str(error)), table) from None
        if type(error).__name__ != "PanicException":
            raise
        raise told(service, RuntimeError(str(error)), table) from None


def _code(error: BaseException) -> tuple[int, str]:
    """Return the number and the words of an error, of either driver's."""
    if len(error.args) > 1 and isinstance(error.args[0], int):
        return error.args[0], str(error.args[1])
    said = str(error)
    found = re.search(r"ERROR (\d+) \(\w+\): (.*?) ?\}?$", said, re.DOTALL)
    if found:
        return int(found[1]), found[2]
    return (2013 if re.search("IoError|CodecError|[Dd]isconnect|reset|Broken|closed|timed out", said) else 0), said


def told(service: MySQL, error: BaseException, table: str | None = None, *, is_save: bool = False) -> FaucetError:
    """Return the error for what a driver says."""
    code, said = _code(error)
    said = said.partition("\n")[0].strip().rstrip(".")
    if code == 2026 or "SSL" in said or "TlsError" in said:
        return ResourceError(
            f"{service.place}: the encrypted connection fails ({_of_tls(said)}): correct ssl_mode: and ssl_ca: in "
            "providers.yml, or switch encryption on there."
        )
    if code == 2003 or (code == 2013 and "(timed out)" in said):
        return ResourceError(f"{service.place}: {_unreachable(service, said)}.")
    if code == 1049:
        return ResourceError(f"{service.place}: there is no database '{service.database}'.{service.near_databases()}")
    if code == 1146 and table and said.endswith(f".{table.rpartition('.')[2]}' doesn't exist"):
        return service.missing(table)
    if code in (1290, 1792) and is_save:
        return ResourceError(f"{service.place}: {REMEDIES['read only'].format(said=said)}.")
    if code in _VALUES:
        remedy = next((f": {REMEDIES[kind]}" for kind, codes in _REMEDIES.items() if code in codes), "")
        return DataError(f"{service.place}{f', {table}' if table else ''}: {said}{remedy}.")
    words = {
        "seconds": service.lock_timeout,
        "user": service.user,
        "credentials": service.credentials or "named by credentials:",
        "said": said,
    }
    sentence = next((text for codes, text in _SENTENCES.items() if code in codes), "the server says: {said}")
    return ResourceError(f"{service.place}: {sentence.format(**words)}.")


def _of_tls(said: str) -> str:
    """Return what is wrong with a certificate, without the place in a driver's code."""
    return re.sub(r".*(?:certificate verify failed: |statem_\w+\.c:\d+: \(?)|\W*\(_ssl\.c:\d+\).*", "", said).strip(
        "() .'\""
    )


def _unreachable(service: MySQL, said: str) -> str:
    if "timed out" in said:
        return (
            f"{service.host}:{service.port} does not answer within {service.connect_timeout} seconds: see whether the "
            "server is well and a firewall lets us through, or correct host: and port: in providers.yml"
        )
    if re.search("not known|resolve|getaddrinfo|No address", said):
        return f"there is no host '{service.host}': correct host: in providers.yml"
    return (
        f"nothing answers at {service.host}:{service.port}: start the server, or correct host: and port: in "
        "providers.yml"
    )
