"""A merge within one transaction of PostgreSQL: the newest row of a key wins, and a marked one deletes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services.database import Save
from kedro_faucet.services.keys import kept_twice, null_key, same_key
from kedro_faucet.services.postgres.target import STAGE, Target, listed
from kedro_faucet.services.postgres.types import quoted

if TYPE_CHECKING:
    from kedro_faucet.services.postgres.saving import Write

_VERSION = "select current_setting('server_version_num')::int"
_UNIQUE = """
select 1 from pg_index i where i.indrelid = '{table}'::regclass and i.indisunique and i.indisvalid and i.indpred is null
and i.indexprs is null and (select array_agg(a.attname::text order by a.attname::text) from pg_attribute a
where a.attrelid = i.indrelid and a.attnum = any(i.indkey)) = {key}
"""


@dataclass(frozen=True)
class Merge:
    """Staged rows that are merged into a table.

    Args:
        write: the transaction.
        found: the table.
        types: the staged columns, with their types in the server's words.
        how: by which key.
        is_new: whether the table was made for them.
        is_chosen: whether they are one a key.
    """

    write: Write
    found: Target
    types: dict[str, str]
    how: Save
    is_new: bool
    is_chosen: bool = False

    def run(self) -> None:
        """Take the rows.

        Raises:
            DataError: if a key is NULL, of several rows of a key nothing tells which is the newest, or the table has
                several rows of one.
        """
        if self.write.ask(_VERSION) < [(150000,)]:
            raise ResourceError(f"{self.write.service.place} is older than PostgreSQL 15: mode: merge needs that.")
        source = STAGE if self._are_keys() else self._newest()
        self.write.run(f"lock table {self.found.named} in share row exclusive mode")
        if self.is_new:
            self.write.run(self.found.insert(self.types, source, f"not {self._marked}"))
            # An index of rows that are there is made in less time than one that grows with them.
            self.write.run(self.found.with_key(self.how.key))
            return
        if not self._is_unique():
            self._refuse_kept_twice(source)
        self.write.run(self._statement(source))

    def _statement(self, source: str) -> str:
        """Return the SQL that deletes marked rows, replaces those that differ, and inserts new ones."""
        rest = ", ".join(f"{quoted(name)} = {self._value(name)}" for name in self._rest)
        names = [name for name in self.types if name in self.found.written]
        values = ", ".join(map(self._value, names))
        update = f"when matched and {self._newer} and {self._differs} then update set {rest}" if rest else ""
        return (
            f"merge into {self.found.named} t using {source} s on {self._same} "
            f"when matched and {self._marked} and {self._newer} then delete "
            f"when matched and {self._marked} then do nothing {update} "
            f"when not matched and not {self._marked} then insert ({listed(names)}) overriding system value "
            f"values ({values})"
        )

    def _value(self, name: str) -> str:
        return self.found.written[name].of(f"s.{quoted(name)}", self.types[name])

    @property
    def _same(self) -> str:
        return " and ".join(f"t.{quoted(name)} = {self._value(name)}" for name in self.how.key)

    @property
    def _marked(self) -> str:
        return f"coalesce(s.{quoted(self.how.delete_by)}, false)" if self.how.delete_by else "false"

    @property
    def _rest(self) -> list[str]:
        return [name for name in self.types if name not in self.how.key and name in self.found.written]

    @property
    def _newer(self) -> str:
        """Return the condition that a staged row is no older than the table's."""
        if (name := self.how.order_by) is None:
            return "true"
        kept, value = f"t.{quoted(name)}", self._value(name)
        collation = ' collate "C"' if self.types[name] == self.found.written[name].base == "text" else ""
        return f"({kept} is null or {value} >= {kept}{collation})"

    @property
    def _differs(self) -> str:
        """Return the condition that a staged row changes something, as far as the server can tell."""
        if not self.found.is_compared(self._rest):
            return "true"
        values = ", ".join(self._value(name) for name in self._rest)
        return f"({listed(self._rest, 't.')}) is distinct from ({values})"

    def _are_keys(self) -> bool:
        """Tell whether each row has a key, and each key one row."""
        keys = ", ".join(map(self._ordered, self.how.key))
        wrong = f"select 1 from {STAGE} group by {keys} having count(*) > 1 or {self._unknown} limit 1"
        return self.is_chosen or not self.write.ask(wrong)

    @property
    def _unknown(self) -> str:
        return " or ".join(f"{self._ordered(name)} is null" for name in self.how.key)

    def _newest(self) -> str:
        """Return where one row a key stands, whichever order they came in.

        Raises:
            DataError: if a key is NULL, or nothing tells which of several is the newest.
        """
        if rows := self.write.ask(f"select * from {STAGE} where {self._unknown} limit 3"):
            raise null_key(self.how.key, list(self.types), rows)
        if self.how.order_by is None:
            self._refuse_same_keys()
        rest = [name for name in self.types if name not in {*self.how.key, self.how.order_by}]
        names, keys = [*filter(None, [self.how.order_by]), *rest], ", ".join(map(self._ordered, self.how.key))
        order = ", ".join([keys, *(f"{self._ordered(name)} desc nulls last" for name in names)])
        first = f"select distinct on ({keys}) * from {STAGE} order by {order}"
        self.write.run(f"create temp table kf_newest on commit drop as {first}")
        return "pg_temp.kf_newest"

    def _ordered(self, name: str) -> str:
        """Return a column as it is ordered here: texts by their letters' numbers."""
        return quoted(name) + (' collate "C"' if self.types[name] == "text" else "")

    def _refuse_same_keys(self) -> None:
        """Refuse several rows of a key, unless they say the same."""
        keys = listed(self.how.key)
        again = f"select {keys} from (select distinct * from {STAGE}) d group by {keys} having count(*) > 1"
        again += f" order by {keys} limit 2"
        if rows := self.write.ask(f"select * from {STAGE} where ({keys}) in ({again}) order by {keys} limit 4"):
            raise same_key(self.how.key, list(self.types), rows)

    def _is_unique(self) -> bool:
        """Tell whether the table's key is that of the merge."""
        key = "array[" + ", ".join(f"'{name}'" for name in sorted(self.how.key)) + "]"
        table = self.found.named.replace("'", "''")
        return bool(self.write.ask(_UNIQUE.format(table=table, key=key)))

    def _refuse_kept_twice(self, source: str) -> None:
        """Refuse to replace a key that the table has twice: a newer one of its rows would be lost."""
        keys = listed(self.how.key, "t.")
        join = f"{self.found.named} t join {source} s on {self._same} and {self._newer} and not {self._marked}"
        if rows := self.write.ask(
            f"select {keys} from {join} group by {keys} having count(*) > 1 order by {keys} limit 3"
        ):
            raise kept_twice(self.how.key, self.how.key, rows)
