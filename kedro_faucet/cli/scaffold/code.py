"""Python code as a formatter would leave it: a call, a list or a mapping on one line, or an item a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

WIDTH = 120
"""The letters of a line, as in the projects that the starters make."""
Code: TypeAlias = "str | Group"


@dataclass(frozen=True)
class Group:
    """Code between brackets.

    >>> print(call("Sum", [text("distance")]).written())
    Sum("distance")
    >>> print(call("f", ["a", "b"], said=["Why."]).written())
    # Why.
    f(a, b)

    Args:
        before: what stands before the items, with the bracket.
        items: the items.
        after: the bracket that ends it.
        said: lines of comments above it.
    """

    before: str
    items: tuple[Code, ...]
    after: str
    said: tuple[str, ...] = ()

    def flat(self) -> str:
        """Return it on one line."""
        return (
            self.before + ", ".join(each if isinstance(each, str) else each.flat() for each in self.items) + self.after
        )

    @property
    def is_said(self) -> bool:
        """Whether there are comments in it."""
        return any(isinstance(each, Group) and (each.said or each.is_said) for each in self.items)

    def written(self, indent: int = 0, room: int = 0) -> str:
        """Return it as it stands in a file.

        Args:
            indent: how far in.
            room: letters that follow it on its line.
        """
        blank = " " * indent
        said = "".join(f"# {line}\n{blank}" for line in self.said)
        flat = self.flat()
        if not self.is_said and indent + len(flat) + room <= WIDTH:
            return said + flat
        inner = " " * (indent + 4)
        lines = [f"{inner}{each if isinstance(each, str) else each.written(indent + 4, 1)},\n" for each in self.items]
        return f"{said}{self.before}\n{''.join(lines)}{blank}{self.after}"


def call(name: str, items: Iterable[Code], said: Sequence[str] = ()) -> Group:
    """Return a call."""
    return Group(f"{name}(", tuple(items), ")", tuple(said))


def listed(items: Iterable[Code]) -> Group:
    """Return a list.

    >>> listed(["1", "2"]).flat()
    '[1, 2]'
    """
    return Group("[", tuple(items), "]")


def mapped(items: Mapping[str, Code]) -> Group:
    """Return a mapping with texts for keys.

    >>> mapped({"origin": call("Role", [text("airport")])}).flat()
    '{"origin": Role("airport")}'
    """
    return Group("{", tuple(_prefixed(f"{text(key)}: ", value) for key, value in items.items()), "}")


def named(name: str, value: Code) -> Code:
    """Return an argument by its name.

    >>> named("at", text("scheduled_at"))
    'at="scheduled_at"'
    """
    return _prefixed(f"{name}=", value)


def _prefixed(prefix: str, value: Code) -> Code:
    return prefix + value if isinstance(value, str) else replace(value, before=prefix + value.before)


def text(value: str) -> str:
    """Return a text in the quotes that a formatter takes.

    >>> print(text("Größe"), text('5" disk'))
    "Größe" '5" disk'
    """
    return repr(value) if '"' in value or not value.isprintable() else '"' + value.replace("\\", "\\\\") + '"'


def key_of(columns: Sequence[str]) -> str:
    """Return a key: a text, or several in a list.

    >>> key_of(["faa"]), key_of(["a", "b"])
    ('"faa"', '["a", "b"]')
    """
    return text(columns[0]) if len(columns) == 1 else listed(map(text, columns)).flat()
