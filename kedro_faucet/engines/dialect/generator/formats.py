"""Formats of dates and times: DuckDB's words, Java's, and the texts that both read alike."""

from __future__ import annotations

import re

_TOKENS = re.compile(r"%.|.", re.DOTALL)
_JAVA = {
    "%Y": "yyyy", "%y": "yy", "%m": "MM", "%d": "dd", "%H": "HH", "%I": "hh", "%M": "mm", "%S": "ss", "%p": "a",
    "%b": "MMM", "%B": "MMMM", "%a": "EEE", "%A": "EEEE", "%f": "SSSSSS", "%j": "DDD",
}  # fmt: skip
_LENGTHS = {"%Y": (4, 4), "%j": (1, 3), "%f": (1, 6)}
_READ = ("%Y", "%m", "%d", "%j", "%H", "%M", "%S", "%f")
WRITTEN = tuple(_JAVA)
"""What strftime may write."""


def unreadable(format: str) -> str | None:
    """Return what to write instead of a format that the engines read differently; nothing if they read it alike.

    >>> unreadable("%d.%m.%Y"), unreadable("%H:%M")
    (None, "the whole date: '%Y-%m-%d', with a fixed one before the text where it has none")
    """
    tokens = _TOKENS.findall(format)
    if {*tokens} & {"%Y", "%m", "%d", "%j"} not in ({"%Y", "%m", "%d"}, {"%Y", "%j"}):
        return "the whole date: '%Y-%m-%d', with a fixed one before the text where it has none"
    return _unknown(tokens, _READ)


def unwritable(format: str) -> str | None:
    """Return what to write instead of a format that the engines write differently; nothing if they do alike.

    >>> unwritable("%Y-%m-%dT%H:%M"), unwritable("week %m")
    (None, '%Y %m %d %H %M %S with - / : . , _ T between, and concat')
    """
    return _unknown(_TOKENS.findall(format), WRITTEN)


def _unknown(tokens: list[str], words: tuple[str, ...]) -> str | None:
    plain = all(token in words or re.fullmatch(r"[-/:., T_]", token) for token in tokens)
    return None if plain else "%Y %m %d %H %M %S with - / : . , _ T between, and concat"


def java_written(format: str) -> str:
    """Return the format of a text that Spark writes.

    >>> java_written("%Y-%m-%dT%H:%M")
    "yyyy-MM-dd'T'HH:mm"
    """
    return "".join(_JAVA.get(token) or _quoted(token) for token in _TOKENS.findall(format))


def java_read(format: str) -> str:
    """Return the format of a text that Spark reads: of one digit or two where something stands between them.

    >>> java_read("%d.%m.%Y"), java_read("%Y%m%d")
    ('d.M.yyyy', 'yyyyMMdd')
    """
    return "".join(_java_digits(token, alone) for token, alone in _with_neighbours(format))


def read_pattern(format: str) -> str:
    r"""Return the regular expression of the texts that both engines read alike.

    >>> read_pattern("%d.%m.%Y")
    '[0-9]{1,2}[.][0-9]{1,2}[.][0-9]{4}'
    """
    return "".join(_digits(token, alone) for token, alone in _with_neighbours(format))


def _with_neighbours(format: str) -> list[tuple[str, bool]]:
    """Return each token, and whether no other number touches it."""
    tokens = ["", *_TOKENS.findall(format), ""]
    return [
        (token, before[:1] != "%" and after[:1] != "%")
        for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False)
    ]


def _java_digits(token: str, alone: bool) -> str:
    if token not in _JAVA:
        return _quoted(token)
    return _JAVA[token][0] if alone and token not in ("%Y", "%f") else _JAVA[token]


def _digits(token: str, alone: bool) -> str:
    if not token.startswith("%"):
        return f"[{token}]"
    least, most = _LENGTHS.get(token, (1, 2))
    return f"[0-9]{{{least},{most}}}" if alone and least < most else f"[0-9]{{{most}}}"


def _quoted(token: str) -> str:
    return f"'{token}'" if token.isalpha() else token
