"""Types of columns that hold others: lists, objects and maps of JSON."""

from __future__ import annotations

import re
from collections.abc import Callable

from kedro_faucet.engines.dialect import quote
from kedro_faucet.engines.dialect.types import declared_type
from kedro_faucet.exceptions import ResourceError

_TOKEN = re.compile(r'\s*("(?:[^"]|"")*"|\w+|\[\s*\]|\S)')
_DEEPEST = 20


def nested_type(name: str, kind: str) -> str:
    """Return the type that a column is declared as, also a nested one: a type alone, no other SQL.

    >>> nested_type("tags", "varchar[]"), nested_type("price", "struct(amount decimal(10, 2), unit varchar)")
    ('VARCHAR[]', 'STRUCT("amount" DECIMAL(10,2), "unit" VARCHAR)')
    >>> nested_type("counts", "map(varchar, bigint[])")
    'MAP(VARCHAR, BIGINT[])'

    Raises:
        ResourceError: if there is no such type.
    """
    return _Type(name, str(kind)).whole()


class _Type:
    """The words of a type, read from the first to the last."""

    def __init__(self, name: str, kind: str) -> None:
        self.name, self.kind = name, kind
        self.words = _TOKEN.findall(kind)[::-1]

    def whole(self) -> str:
        found = self._one(0)
        if self.words:
            raise self._wrong()
        return found

    def _one(self, depth: int) -> str:
        if depth > _DEEPEST:
            raise self._wrong()
        found = self._held(self._next().upper(), depth)
        while self.words and self.words[-1].startswith("["):
            if self._next() == "[":
                raise self._wrong()
            found += "[]"
        return found

    def _held(self, word: str, depth: int) -> str:
        if word == "STRUCT":
            return f"STRUCT({', '.join(self._listed(lambda: self._field(depth)))})"
        if word == "MAP":
            parts = self._listed(lambda: self._one(depth + 1))
            if len(parts) != 2:
                raise self._wrong()
            return f"MAP({parts[0]}, {parts[1]})"
        sizes = f"({','.join(self._listed(self._next))})" if self.words[-1:] == ["("] else ""
        return declared_type(self.name, word + sizes)

    def _field(self, depth: int) -> str:
        word = self._next()
        if not re.fullmatch(r'\w+|".+"', word, re.DOTALL):
            raise self._wrong()
        plain = word[1:-1].replace('""', '"') if word.startswith('"') else word
        return f"{quote(plain)} {self._one(depth + 1)}"

    def _listed(self, part: Callable[[], str]) -> list[str]:
        """Return what stands between brackets, with commas between."""
        self._expect("(")
        parts = [part()]
        while self.words[-1:] == [","]:
            self._next()
            parts.append(part())
        self._expect(")")
        return parts

    def _expect(self, word: str) -> None:
        if self._next() != word:
            raise self._wrong()

    def _next(self) -> str:
        if not self.words:
            raise self._wrong()
        return str(self.words.pop())

    def _wrong(self) -> ResourceError:
        return ResourceError(
            f"The type of column '{self.name}' is not understood: {self.kind[:80]}. It is as VARCHAR, DECIMAL(10,2), "
            "VARCHAR[], STRUCT(name VARCHAR, size BIGINT) or MAP(VARCHAR, BIGINT)."
        )
