"""SQL: its words alone count, not comments, blanks or line ends; and where it differs from an earlier text."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby

from kedro_faucet.ledger.hashes import digest

_DIGITS = 4
"""Hexadecimal digits of a line's hash."""


@lru_cache(1024)
def _lines(text: str) -> list[tuple[int, str]]:
    """Return the lines that hold words, with their numbers; a keyword's letters may be of either case."""
    from sqlglot.dialects.duckdb import DuckDB
    from sqlglot.errors import SqlglotError
    from sqlglot.tokenizer_core import TokenType

    exact = {TokenType.STRING, TokenType.IDENTIFIER, TokenType.VAR, TokenType.NUMBER}
    try:
        tokens = DuckDB().tokenize(text)
    except SqlglotError:  # another engine's own words
        return [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    words = [(each.line, f"{each.token_type.name} {each.text if each.token_type in exact else ''}") for each in tokens]
    return [(line, "\n".join(word for _, word in found)) for line, found in groupby(words, key=lambda word: word[0])]


def hash_sql(text: str) -> str:
    """Return a hash of a text's words.

    >>> hash_sql("select a  -- the first\\nfrom t") == hash_sql("SELECT a FROM t"), hash_sql("select b from t")[:4]
    (True, '...')
    """
    return digest("\n".join(words for _, words in _lines(text)))


def sketch(text: str) -> str:
    """Return short hashes of a text's lines, to be kept in place of the text."""
    return "".join(digest(words)[:_DIGITS] for _, words in _lines(text))


def changed_line(text: str, before: str) -> int | None:
    """Return the first line that differs from a text of which a sketch was kept.

    >>> changed_line("select a,\\n-- two\\nc\\nfrom t", sketch("select a,\\nb\\nfrom t"))
    3
    """
    for position, (line, words) in enumerate(_lines(text)):
        if before[position * _DIGITS : (position + 1) * _DIGITS] != digest(words)[:_DIGITS]:
            return line
    return _lines(text)[-1][0] if _lines(text) else None
