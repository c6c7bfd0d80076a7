"""Regular expressions: those of RE2 that Java's engine reads too, and Java's text for them."""

from __future__ import annotations

import re

# An escape, a class, or one character: what a pattern is made of, as far as we must know.
_TOKENS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)
_BLANKS = r"\t\n\f\r "
_FOREIGN = re.compile(r"\[\^?\[|\[:|&&|\\[hHpPvVZGQ]|\(\?[^i:]|[*+?}]\+")
_COUNT = re.compile(r"\{\d+(,\d*)?\}")


def foreign(pattern: str) -> str | None:
    """Return what to use instead of a pattern that the engines read differently; nothing if they read it alike.

    >>> foreign("^[a-z]+$"), foreign("x{y")
    (None, 'a backslash before a brace that is no count: x\\\\{y')
    """
    if _FOREIGN.search(pattern):
        return r"classes such as [a-z], groups, and \d \s \w"
    if any(token in (r"\b", r"\B") for token in _TOKENS.findall(pattern)):
        return r"(^|[^A-Za-z0-9_]): the engines see the edge of a word differently beside é"
    if any(token.startswith("[") and r"\S" in token for token in _TOKENS.findall(pattern)):
        return r"\S outside a class"
    if "{" in _plain(_COUNT.sub("", pattern)):
        return r"a backslash before a brace that is no count: x\{y"
    return None if _parsed(pattern) is not None else "a pattern that is whole: each bracket closed, each group too"


def _plain(pattern: str) -> str:
    """Return the characters of a pattern that stand outside escapes and classes."""
    return "".join(token for token in _TOKENS.findall(pattern) if len(token) == 1)


def _parsed(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern)
    except re.error:
        return None


def groups(pattern: str) -> int:
    """Return how many groups a pattern has.

    >>> groups("(a)(?:b)(c)")
    2
    """
    found = _parsed(pattern)
    return found.groups if found else 0


def matches_nothing(pattern: str) -> bool:
    """Tell whether a pattern matches the empty text: between which letters it does, the engines do not agree.

    >>> matches_nothing("x*"), matches_nothing("x+")
    (True, False)
    """
    found = _parsed(pattern)
    return found is not None and found.search("") is not None


def java(pattern: str) -> str:
    r"""Return the pattern in Java's words.

    There the end of a text is also before its last line break, a carriage return ends a line, ``\s`` has one
    character more, and ``(?i)`` knows ASCII alone.

    >>> java("^a.$"), java(r"[$]\s"), java("(?i)é")
    ('(?d)^a.\\z', '(?d)[$][\\t\\n\\f\\r ]', '(?d)(?u)(?i)é')
    """
    text = "".join(_java_token(token) for token in _TOKENS.findall(pattern))
    return "(?d)" + ("(?u)" if "(?i" in pattern else "") + text


def _java_token(token: str) -> str:
    if token.startswith("["):
        return re.sub(r"\\(.)", lambda found: _BLANKS if found[1] == "s" else found[0], token)
    return {"$": r"\z", r"\s": f"[{_BLANKS}]", r"\S": f"[^{_BLANKS}]"}.get(token, token)
