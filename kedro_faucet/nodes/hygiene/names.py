"""Names of columns that need no quotes: lower case, ASCII, words joined by ``_``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kedro_faucet.engines import Table, engine_of, quote
from kedro_faucet.exceptions import DataError
from kedro_faucet.nodes.lineage import Traced, trace
from kedro_faucet.nodes.star.keys import check_columns

# What Unicode does not take apart, and signs that tell two names apart.
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "%": " percent ",
     "#": " number ", "&": " and ", "€": " eur ", "$": " usd ", "£": " gbp ", "'": None, "’": None}
)  # fmt: skip
_UPPER, _LOWER = "[A-ZÆŒØŁĐÐÞ]", "[a-z0-9æœøłđðþß]"
_WORDS_OF_SQL = (
    "all analyse analyze and any array as asc asymmetric between both by case cast check collate column constraint "
    "create cross default deferrable desc describe distinct do drop else end except exists false fetch for foreign "
    "from full grant group having in initially inner insert intersect into is join lambda lateral leading left like "
    "limit natural not null offset on only or order outer pivot placing primary qualify references returning right "
    "select show some summarize symmetric table then to trailing true union unique unpivot update user using "
    "values variadic when where window with"
)
_RESERVED = frozenset(_WORDS_OF_SQL.split())


def clean_name(name: str) -> str:
    """Return a name in snake case and ASCII; of a word of SQL, with ``_`` behind it.

    >>> [clean_name(name) for name in ("Order ID", "customerName", "Größe (%)", "2013", "order")]
    ['order_id', 'customer_name', 'grosse_percent', 'x2013', 'order_']
    """
    letters = "".join(each for each in unicodedata.normalize("NFKD", name) if not unicodedata.combining(each))
    words = re.sub(rf"({_LOWER})({_UPPER})|({_UPPER})({_UPPER}{_LOWER})", r"\1\3_\2\4", letters)
    text = re.sub(r"[^a-z0-9]+", "_", words.lower().translate(_LETTERS)).strip("_")
    return f"{text}_" if text in _RESERVED else f"x{text}" if text[:1].isdigit() else text


def clean_names(names: Iterable[str], rename: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return each name's clean one.

    >>> clean_names(["Order ID", "Größe"], rename={"Größe": "size"})
    {'Order ID': 'order_id', 'Größe': 'size'}

    Args:
        names: the names of a table's columns.
        rename: names to give as they are said here.

    Raises:
        DataError: if two become one, one has no letter of ASCII, or ``rename`` has one that is not there.
    """
    names, rename = list(names), rename or {}
    check_columns(rename, names, "rename=: the table")
    clean = {name: rename.get(name) or clean_name(name) for name in names}
    seen: dict[str, str] = {}
    for name, new in clean.items():
        if not new:
            raise DataError(
                f"Of the column {name!r} no letter or digit of ASCII is left: say rename={{{name!r}: '…'}}."
            )
        if (other := seen.setdefault(new.lower(), name)) != name:
            raise DataError(
                f"The columns {other!r} and {name!r} would both be '{new}': say rename={{{name!r}: '{new}_2'}}, or "
                "another name."
            )
    return clean


@dataclass(frozen=True)
class CleanNames:
    """Give a table's columns names that need no quotes.

    >>> from kedro_faucet.engines import connect
    >>> CleanNames().build(connect().sql('select 1 as "Order ID", 2 as "Größe"')).columns
    ['order_id', 'grosse']

    Args:
        rename: names to give as they are said here, by the columns' own names.

    Raises:
        DataError: if two names become one, one has no letter of ASCII, or ``rename`` has one that is not there.
    """

    rename: Mapping[str, str] = field(default_factory=dict)

    def build(self, table: Table) -> Table:
        """Return the table, its columns renamed."""
        return engine_of(table).sql(self.sql(table.columns), source=table)

    def lineage(self, table: Traced) -> Traced:
        """Return the columns by their new names."""
        return trace(self.sql(table.schema), {"source": table})

    def sql(self, names: Iterable[str] = ()) -> str:
        """Return the SQL, given the names; without them, as a preview shows it."""
        clean = clean_names(names, self.rename) if names else dict(self.rename)
        columns = ", ".join(f"{quote(name)} as {quote(new)}" for name, new in clean.items())
        return f"select {columns or '*'} from source{'' if names else ' -- and each other column by its clean name'}"
