"""A merge within one transaction of PostgreSQL: the newest row of a key wins, and a marked one deletes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kedro_faucet.services.database import Save
from kedro_faucet.services.keys import kept_twice, null_key, same_key
from kedro_faucet.services.postgres.target import STAGE, Target, listed
from kedro_faucet.services.postgres.types import quoted

if TYPE_CHECKING:
    from kedro_faucet.services.postgres.saving import Write

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
    """

    write: Write
    found: Target
    types: dict[str, str]
    how: Save

    def run(self) -> None:
        """Take the rows.

        Raises:
            DataError: if a key is NULL, of several rows of a key nothing tells which is the newest, or the table has
                several rows of one.
        """
        self._refuse_null_keys()
        source = self._newest()
        self.write.run(f"lock table {self.found.named} in share row exclusive mode")
        if self.how.delete_by:
            matching = f"{self._marked} and {self._same} and {self._newer('s')}"
            self.write.run(f"delete from {self.found.named} t using {source} s where {matching}")
        (self._upsert if self._is_unique() else self._update_and_insert)(source)

    def _value(self, name: str, row: str = "s") -> str:
        """Return a value in the column's type, which a row that was to be inserted has already."""
        if row == "excluded":
            return f"excluded.{quoted(name)}"
        return self.found.written[name].of(f"{row}.{quoted(name)}", self.types[name])

    @property
    def _same(self) -> str:
        return " and ".join(f"t.{quoted(name)} = {self._value(name)}" for name in self.how.key)

    @property
    def _marked(self) -> str:
        return f"coalesce(s.{quoted(self.how.delete_by)}, false)" if self.how.delete_by else "false"

    @property
    def _rest(self) -> list[str]:
        return [name for name in self.types if name not in self.how.key and name in self.found.written]

    def _newer(self, row: str) -> str:
        """Return the condition that a staged row is no older than the table's."""
        if (name := self.how.order_by) is None:
            return "true"
        kept, value = f"t.{quoted(name)}", self._value(name, row)
        collation = ' collate "C"' if self.types[name] == self.found.written[name].base == "text" else ""
        return f"({kept} is null or {value} >= {kept}{collation})"

    def _differs(self, row: str) -> str:
        """Return the condition that a staged row changes something, as far as the server can tell."""
        if not self.found.is_compared(self._rest):
            return "true"
        values = ", ".join(self._value(name, row) for name in self._rest)
        return f"({listed(self._rest, 't.')}) is distinct from ({values})"

    def _refuse_null_keys(self) -> None:
        unknown = " or ".join(f"{quoted(name)} is null" for name in self.how.key)
        if rows := self.write.ask(f"select * from {STAGE} where {unknown} limit 3"):
            raise null_key(self.how.key, list(self.types), rows)

    def _newest(self) -> str:
        """Return where one row a key stands, whichever order they came in."""
        keys = listed(self.how.key)
        if self.how.order_by is None:
            return self._one_row_a_key()
        rest = [name for name in self.types if name not in {*self.how.key, self.how.order_by}]
        order = ", ".join(f"{self._ordered(name)} desc nulls last" for name in [self.how.order_by, *rest])
        return f"(select distinct on ({keys}) * from {STAGE} order by {keys}, {order})"

    def _ordered(self, name: str) -> str:
        """Return a column as it is ordered here: texts by their letters' numbers."""
        return quoted(name) + (' collate "C"' if self.types[name] == "text" else "")

    def _one_row_a_key(self) -> str:
        """Return where the rows stand without those that say the same again."""
        keys = listed(self.how.key)
        if not self.write.ask(f"select 1 from {STAGE} group by {keys} having count(*) > 1 limit 1"):
            return STAGE
        again = f"select {keys} from (select distinct * from {STAGE}) d group by {keys} having count(*) > 1"
        again += f" order by {keys} limit 2"
        if rows := self.write.ask(f"select * from {STAGE} where ({keys}) in ({again}) order by {keys} limit 4"):
            raise same_key(self.how.key, list(self.types), rows)
        return f"(select distinct * from {STAGE})"

    def _is_unique(self) -> bool:
        """Tell whether the table's key is that of the merge."""
        key = "array[" + ", ".join(f"'{name}'" for name in sorted(self.how.key)) + "]"
        table = self.found.named.replace("'", "''")
        return bool(self.write.ask(_UNIQUE.format(table=table, key=key)))

    def _upsert(self, source: str) -> None:
        """Insert rows, in the order of their keys, and update those whose keys are there."""
        pairs = ", ".join(f"{quoted(name)} = excluded.{quoted(name)}" for name in self._rest)
        change = f"update set {pairs} where {self._newer('excluded')} and {self._differs('excluded')}"
        conflict = f"on conflict ({listed(self.how.key)}) do {change if pairs else 'nothing'}"
        self.write.insert(self.found, self.types, source, f"not {self._marked}", listed(self.how.key, "s."), conflict)

    def _update_and_insert(self, source: str) -> None:
        self.write.run(f"analyze {STAGE}")
        self._refuse_kept_twice(source)
        pairs = ", ".join(f"{quoted(name)} = {self._value(name)}" for name in self._rest)
        if pairs:
            condition = f"not {self._marked} and {self._same} and {self._newer('s')} and {self._differs('s')}"
            self.write.run(f"update {self.found.named} t set {pairs} from {source} s where {condition}")
        unknown = f"not exists (select from {self.found.named} t where {self._same})"
        self.write.insert(self.found, self.types, source, f"not {self._marked} and {unknown}")

    def _refuse_kept_twice(self, source: str) -> None:
        """Refuse to replace a key that the table has twice: a newer one of its rows would be lost."""
        keys = listed(self.how.key, "t.")
        join = f"{self.found.named} t join {source} s on {self._same} and {self._newer('s')}"
        if rows := self.write.ask(
            f"select {keys} from {join} group by {keys} having count(*) > 1 order by {keys} limit 3"
        ):
            raise kept_twice(self.how.key, self.how.key, rows)
