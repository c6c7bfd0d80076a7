"""Markdown and code as HTML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from html import escape
from typing import Any

from kedro_faucet.documents.notebook import last_drawn
from kedro_faucet.documents.sanitize import sanitize
from kedro_faucet.engines.conversion import require

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)")
# Names and marks, which the page shows in the colour of the text: two thirds of all that a program is made of.
_UNSTYLED = re.compile(r'<span class="(?:n|p|w|nn|bp|vm|nx)">([^<]*)</span>')


def markdown(text: str, attachments: Mapping[str, Mapping[str, str]] | None = None) -> str:
    """Return Markdown as HTML; what it holds of HTML is sanitised.

    >>> markdown("**late** <script>steal()</script>[x](javascript:steal)")
    '<p><strong>late</strong> [x](javascript:steal)</p>\\n'

    Args:
        text: CommonMark, with tables and strikethrough.
        attachments: a notebook's: the images that the text names ``attachment:NAME``, in base64 by their MIME type.

    Raises:
        MissingExtraError: if the package markdown-it-py is not installed.
    """
    for name, data in (attachments or {}).items():
        kind, encoded = next(iter(data.items()))
        text = text.replace(f"(attachment:{name})", f"(data:{kind};base64,{''.join(encoded)})")
    return sanitize(_parser().render(text))


@cache
def _parser() -> Any:
    parser = require("markdown_it", "notebooks").MarkdownIt("commonmark", {"html": True, "highlight": _fence})
    return parser.enable(["table", "strikethrough"])


def _fence(source: str, language: str, attributes: str) -> str:
    return highlight(source, language) if language else ""


def highlight(source: str, language: str) -> str:
    """Return code as HTML with the words that have a colour in classes; in an unknown language as it is.

    >>> highlight("x < 1", "python")
    'x <span class="o">&lt;</span> <span class="mi">1</span>\\n'

    Raises:
        MissingExtraError: if the package pygments is not installed.
    """
    lexer = _lexer(language)
    if lexer is None:
        return escape(source)
    # Nobody sees blanks at the end of a line; of thousands of lines of blanks, a lexer would try each from each.
    seen = "\n".join(line.rstrip() for line in source.split("\n"))
    return _UNSTYLED.sub(r"\1", str(require("pygments", "notebooks").highlight(seen, lexer, _formatter())))


@cache
def _formatter() -> Any:
    return require("pygments.formatters", "notebooks").HtmlFormatter(nowrap=True)


@cache
def _lexer(language: str) -> Any:
    try:
        return require("pygments.lexers", "notebooks").get_lexer_by_name(language)
    except require("pygments.util", "notebooks").ClassNotFound:
        return None


def terminal(text: str) -> str:
    """Return what a terminal would show in the end, without colours: a progress bar's last state.

    >>> terminal("10 %\\r100 %\\n\\x1b[31mKeyError\\x1b[0m")
    '100 %\\nKeyError'
    """
    return last_drawn(_ESCAPES.sub("", text))
