"""The first lines of a CSV file: its header, or why it has none that can be read."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TextIO

from kedro_faucet.engines.files.csv.layout import ENCODINGS, Layout
from kedro_faucet.engines.files.local.packing import require_text, unpacked
from kedro_faucet.exceptions import ResourceError, shortened

_BOUND = 2**20
"""Bytes in which a header must end."""


@dataclass(frozen=True)
class Header:
    """The names in a file's header, and how many records stand before its rows.

    Args:
        names: one a column.
        records: with the header's own; lines that are comments do not count.
    """

    names: tuple[str, ...]
    records: int


def read_header(file: str, layout: Layout, columns: Sequence[str] = ()) -> Header:
    """Read as much of a file as its header takes.

    Args:
        file: its path.
        layout: how bytes are rows.
        columns: the names where the file has no header.

    Raises:
        ResourceError: if it is empty, packed or encoded otherwise, or its header is none.
    """
    text = _beginning(file, layout)
    lines = iter(io.StringIO(text, newline=""))
    skipped = [line for line in islice(lines, layout.skip) if not _is_comment(line, layout)]
    _require_lines(file, skipped, layout)
    if not layout.header:
        return Header(tuple(columns), len(skipped))
    names = next(layout.rows(_without_comments(lines, layout)), None)
    if names is None:
        raise ResourceError(f"{file} is empty: it has not even a header.")
    if len(text) >= _BOUND and next(lines, None) is None:
        raise ResourceError(f"{file}: its first line is longer than {_BOUND:,} characters: it is no header.")
    _require_names(file, names)
    return Header(tuple(names), len(skipped) + 1)


def _beginning(file: str, layout: Layout) -> str:
    with unpacked(file) as stream:
        start = stream.read(_BOUND)
    require_text(file, start)
    if layout.encoding == "utf-16" and start.startswith(codecs.BOM_UTF16_BE):
        raise ResourceError(f"{file} is big-endian UTF-16, which is not read: save it as UTF-8.")
    if layout.encoding != "utf-16" and (start.startswith(codecs.BOM_UTF16_LE) or b"\0" in start[:1000]):
        raise ResourceError(f"{file} is UTF-16, or no text: say encoding: utf-16 in load_args, or save it as UTF-8.")
    return _decoded(file, start, layout)


def _decoded(file: str, start: bytes, layout: Layout) -> str:
    if layout.encoding == "utf-16" and not start.startswith(codecs.BOM_UTF16_LE):
        start = codecs.BOM_UTF16_LE + start
    try:
        return codecs.getincrementaldecoder(ENCODINGS[layout.encoding])().decode(start)
    except UnicodeDecodeError as error:
        line = start.count(b"\n", 0, error.start) + 1
        raise ResourceError(
            f"{file}, line {line}: its text is not {layout.encoding.upper()} (byte 0x{start[error.start]:02x}). Say "
            "what it is in load_args (encoding: latin-1), or save it as UTF-8."
        ) from None


def _is_comment(line: str, layout: Layout) -> bool:
    return bool(layout.comment) and line.startswith(layout.comment)


def _without_comments(lines: Iterator[str], layout: Layout) -> Iterator[str]:
    for line in lines:
        if not _is_comment(line, layout):
            is_cut = layout.comment and layout.comment in line and (layout.quote or "\0") not in line
            yield line.partition(layout.comment)[0] + "\n" if is_cut else line


def _require_lines(file: str, skipped: Sequence[str], layout: Layout) -> None:
    """Refuse a quote that spans lines to skip: the engine counts records, and a user lines."""
    if len(list(layout.rows([*skipped, "\n"]))) <= len(skipped):
        raise ResourceError(f"{file}: a quote is opened in the lines to skip and closed in another line.")


def _require_names(file: str, names: Sequence[str]) -> None:
    if not any(name.strip() for name in names):
        raise ResourceError(f"{file}: its first line is blank: remove it, or say how many to leave out (skip: 1).")
    wanted = f"{file}: each column of the header needs a name of its own"
    if "" in names:
        raise ResourceError(f"{wanted}: column {names.index('') + 1} has none.")
    seen: dict[str, str] = {}
    for name in names:
        if first := seen.get(name.lower()):
            raise ResourceError(
                f"{wanted}, also where case is ignored: '{shortened(first)}' and '{shortened(name)}' are one."
            )
        seen[name.lower()] = name


@contextmanager
def opened(file: str, layout: Layout) -> Iterator[TextIO]:
    """Open a file as texts; what is none of the encoding is replaced."""
    with (
        unpacked(file) as stream,
        io.TextIOWrapper(stream, encoding=ENCODINGS[layout.encoding], errors="replace", newline="") as lines,
    ):
        yield lines
