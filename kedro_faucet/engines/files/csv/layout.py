"""How the bytes of a CSV file are rows and fields."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from kedro_faucet.engines.dialect import literal
from kedro_faucet.exceptions import ResourceError, did_you_mean

ENCODINGS = {"utf-8": "utf-8-sig", "utf-16": "utf-16", "latin-1": "latin-1"}
"""Python's names for the encodings that the embedded engine reads."""

# Python refuses fields of more than 131,072 characters, and the embedded engine does not.
csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True)
class Layout:
    r"""What stands between and around the fields of a CSV file.

    >>> list(Layout(delimiter="||").rows(["a||b\n", '"x||y"||2\n']))
    [['a', 'b'], ['x||y', '2']]

    Args:
        delimiter: between two fields, one to four characters.
        header: False where the first line is a row already.
        encoding: ``utf-8``, ``utf-16`` (little-endian) or ``latin-1``.
        skip: how many lines stand before the header.
        comment: the character from which on a line is left out.
        quote: the character around a field that holds a delimiter; empty where there is none.
        escape: the character before a quote within quotes.

    Raises:
        ResourceError: if one is not as said, or two are the same character.
    """

    delimiter: str = ","
    header: bool = True
    encoding: str = "utf-8"
    skip: int = 0
    comment: str = ""
    quote: str = '"'
    escape: str = '"'

    def __post_init__(self) -> None:
        """Check what the engine would refuse in its own words, or misread."""
        object.__setattr__(self, "delimiter", str(self.delimiter).replace("\\t", "\t"))
        if self.encoding not in ENCODINGS:
            hint = did_you_mean(str(self.encoding), ENCODINGS)
            raise ResourceError(
                f"encoding: {self.encoding} is not read: there are {', '.join(ENCODINGS)}.{hint} Save the file anew as "
                f"UTF-8, as by: iconv -f {self.encoding} -t UTF-8."
            )
        if isinstance(self.skip, bool) or not isinstance(self.skip, int) or self.skip < 0:
            raise ResourceError(f"skip: {self.skip!r} is no number of lines, as in skip: 2.")
        if not isinstance(self.header, bool):
            raise ResourceError(f"header: {self.header!r} is neither true nor false.")
        self._require_marks()

    def _require_marks(self) -> None:
        if not 1 <= len(self.delimiter.encode()) <= 4 or set(self.delimiter) & set("\r\n"):
            raise ResourceError(f"delimiter: {self.delimiter!r} is not one to four characters of one line.")
        for name in ("comment", "quote", "escape"):
            mark = getattr(self, name)
            if not isinstance(mark, str) or len(mark) > 1 or not mark.isascii() or mark in ("\r", "\n"):
                raise ResourceError(f"{name}: {mark!r} is not one character (of ASCII), or empty for none.")
        rest = self.comment + self.quote + (self.escape if self.quote and self.escape != self.quote else "")
        if len(set(self.delimiter + rest)) < len(set(self.delimiter)) + len(rest):
            raise ResourceError("delimiter:, quote:, escape: and comment: need characters of their own.")

    def options(self) -> dict[str, Any]:
        """Return DuckDB's words for it, beside what each file needs."""
        quote = self.quote
        return {
            "delim": self.delimiter,
            "quote": quote,
            "escape": self.escape if quote else "",
            "encoding": self.encoding,
            **({"comment": self.comment} if self.comment else {}),
        }

    def rows(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """Yield the fields of each row; a comment is not left out."""
        return (row for _, row in self.numbered(lines))

    def numbered(self, lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
        """Yield each row with the line in which it ends."""
        # Python knows delimiters of one character alone: one that no text holds stands for a longer one.
        mark = self.delimiter if len(self.delimiter) == 1 else "\ue000"
        reader = csv.reader((line.replace(self.delimiter, mark) for line in lines), **self._dialect(mark))
        return ((reader.line_num, [field.replace(mark, self.delimiter) for field in row]) for row in reader)

    def _dialect(self, mark: str) -> dict[str, Any]:
        if not self.quote:
            return {"delimiter": mark, "quoting": csv.QUOTE_NONE}
        if self.escape in ("", self.quote):
            return {"delimiter": mark, "quotechar": self.quote}
        return {"delimiter": mark, "quotechar": self.quote, "doublequote": False, "escapechar": self.escape}


DEFAULT = Layout()


def listed(texts: Iterable[str]) -> str:
    """Return the texts as SQL literals, with commas between."""
    return ", ".join(literal(text) for text in texts)
