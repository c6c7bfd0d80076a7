"""What databases and their drivers say through SQLAlchemy, as one sentence of ours with a remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import exc

from kedro_faucet.exceptions import DataError, FaucetError, ResourceError, shortened

if TYPE_CHECKING:
    from kedro_faucet.services.sqlalchemy.service import SQLAlchemy

_CONNECTION = [
    (r"password|authenti|[Ll]ogin failed|Access denied|credential|role \"[^\"]*\" does not exist|28000|28P01|ORA-01017",
     "the user or the password is refused: correct both in credentials.yml, {credentials}"),
    (r"[Uu]nknown database|database \S+ does not exist|Cannot open database|ORA-12514|3D000",
     "there is no such database: correct url: in providers.yml"),
    (r"time[d ]*-?out|HYT00|ORA-12170", "it does not answer within {seconds} seconds: see whether the server is well "
     "and a firewall lets us through, or correct url: in providers.yml"),
    (r"not known|resolve|getaddrinfo|No address", "there is no such host: correct url: in providers.yml"),
    (r"refused|unreachable|[Cc]an't connect|could not connect|08001|ORA-12541",
     "nothing answers there: start the server, or correct url: in providers.yml"),
]  # fmt: skip
_SENTENCES = [
    (r"server closed|[Ll]ost connection|gone away|[Bb]roken pipe|reset by peer|terminating connection|"
     r"[Cc]onnection.*(?:closed|lost|broken)|closed connection|Packet sequence|08S01|08006|"
     r"DPI-1080|ORA-03113|ORA-03135",
     "the connection broke: the server was stopped, or the network, or a value is larger than it takes; nothing was "
     "written, so run again"),
    (r"read-only|readonly|READ ONLY|25006", "{said}: query: is a SELECT without side effects, and who saves needs the "
     "right to write there"),
    (r"locked|[Dd]eadlock|lock wait|40001|40P01", "another transaction is in the way; nothing was written, so run "
     "again: {said}"),
    (r"permission|denied|insufficient privilege|42501", "{said}: grant it to the user"),
    (r"disk (?:is )?full|No space|53100", "the disk is full; nothing was written"),
]  # fmt: skip
_UNTAKEN = "{said}; nothing was written: correct the table, its names or its values in the node"
_REST = "{said}: the table has other columns now, or query:, where: or select: is no SQL of this database's"


@contextmanager
def telling(
    service: SQLAlchemy, table: str | None = None, *, connecting: bool = False, writing: bool = False
) -> Iterator[None]:
    """Turn what SQLAlchemy and a driver raise into one error of ours.

    Raises:
        DataError: if the database refuses values.
        ResourceError: for all else.
    """
    try:
        yield
    except exc.NoSuchTableError:
        raise service.missing(table or "") from None
    except (exc.SQLAlchemyError, OSError) as error:
        raise _told(service, error, table, connecting=connecting, writing=writing) from None
    except AttributeError as error:
        # A driver writes on to a connection that it has given up.
        if error.obj is not None:
            raise
        raise _told(
            service, OSError("server closed the connection"), table, connecting=False, writing=writing
        ) from None


def _told(service: SQLAlchemy, error: Exception, table: str | None, *, connecting: bool, writing: bool) -> FaucetError:
    said = _first(service, getattr(error, "orig", None) or error)
    if isinstance(error, exc.IntegrityError | exc.DataError):
        return DataError(f"{service.place}: {f'the table {table!r} refuses a row: ' if writing else ''}{said}.")
    broke = getattr(error, "connection_invalidated", False) and not connecting
    known = _CONNECTION if connecting else _SENTENCES
    text = "server closed" if broke else said
    rest = "{said}" if connecting else _UNTAKEN if writing else _REST
    sentence = next((words for pattern, words in known if re.search(pattern, text)), rest)
    words = {"said": said, "seconds": service.connect_timeout, "credentials": service.credentials or "by credentials:"}
    return ResourceError(f"{service.place}: {sentence.format(**words)}.")


def _first(service: SQLAlchemy, error: BaseException) -> str:
    """Return the first line of what a driver says, without the secrets that it may repeat."""
    parts = error.args[1:] if len(error.args) > 1 and isinstance(error.args[0], int) else (error,)
    lines = [line.strip() for line in str(parts[0]).splitlines() if line.strip()]
    said = re.sub(r"^[\w.]*(?:Error|Exception): ", "", lines[0] if lines else type(error).__name__)
    for secret in filter(None, service.secrets_said):
        said = said.replace(secret, "***")
    return shortened(said.rstrip("."), 300)
