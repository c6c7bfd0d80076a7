"""SQL: a node that is one SELECT in a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from kedro_faucet.engines import Table, engine_of
from kedro_faucet.engines import sql as run_sql
from kedro_faucet.engines.dialect import warning
from kedro_faucet.exceptions import SqlError
from kedro_faucet.nodes.lineage import Traced, trace
from kedro_faucet.nodes.parameters import bound, check_uses

# A parser counts the lines of the text as it stands; what an engine counts may be its translation.
_LINE = re.compile(r"\bline (\d+), col", re.IGNORECASE)
_QUOTED = re.compile(r"[\"'`]([\w .]+)[\"'`]")


@dataclass(frozen=True)
class SqlQuery:
    """One SELECT over named tables, and the file it comes from.

    >>> from kedro_faucet.engines import connect
    >>> engine = connect()
    >>> words = engine.sql("select 'a' as word union all select 'b'")
    >>> engine.rows(SqlQuery("select count(*) as words from source", ("source",), "count.sql").build(words))
    [(2,)]

    Args:
        text: the SELECT, in DuckDB's dialect within the portable subset.
        names: what the text calls its tables, in the order in which ``build`` takes them.
        file: where the text stands, for messages.
        portable: False for the whole SQL of the one engine that the project runs on.
        parameters: the names that stand as ``$name`` in the text; ``build`` takes their values behind the tables.

    Raises:
        SqlError: if the text is wrong: the file and the line come first.
    """

    text: str
    names: tuple[str, ...]
    file: str = "<text>"
    portable: bool = True
    parameters: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse parameters that the text does not use, and the other way round."""
        check_uses(self.text, self.parameters, self.file) if self.parameters or self.portable else None

    def build(self, *given: Any) -> Table:
        """Return the lazy result.

        Args:
            given: the tables, then the values of the parameters.
        """
        named = dict(zip((*self.names, *self.parameters), given, strict=True))
        values = {name: named.pop(name) for name in self.parameters}
        try:
            dialect = "duckdb" if self.portable else engine_of(given[0]).name
            with warning():
                return run_sql(bound(self.text, values, dialect), portable=self.portable, **named)
        except SqlError as error:
            raise SqlError(f"{self.place(error.message)}: {error.message}") from None

    def lineage(self, *given: Any) -> Traced:
        """Return the columns of the result, given those of the tables and the values of the parameters."""
        named = dict(zip((*self.names, *self.parameters), given, strict=True))
        values = {name: named.pop(name) for name in self.parameters}
        try:
            return trace(bound(self.text, values), named, portable=self.portable)
        except SqlError as error:
            raise SqlError(f"{self.place(error.message)}: {error.message}") from None

    def sql(self) -> str:
        """Return the text, for the preview."""
        return self.text

    def place(self, message: str) -> str:
        """Return file and line that a message speaks of; the file alone where the message names nothing in the text.

        >>> SqlQuery("select a,\\n  b\\nfrom t", ("t",), "x.sql").place('column "b" not found')
        'x.sql:2'
        """
        reason = message.split("\nin the SQL:")[0]
        lines = self.text.splitlines()
        found = _LINE.search(reason)
        if found and 0 < int(found[1]) <= len(lines):
            return f"{self.file}:{found[1]}"
        for name in _QUOTED.findall(reason):
            for number, line in enumerate(lines, 1):
                if re.search(rf"\b{re.escape(name)}\b", line.split("--")[0], re.IGNORECASE):
                    return f"{self.file}:{number}"
        return self.file
