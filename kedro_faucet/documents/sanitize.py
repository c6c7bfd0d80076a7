"""HTML that data may have a hand in: what could run, load or cover anything is left out."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import NamedTuple

from kedro_faucet.engines.conversion import require

_TAGS = set(
    re.findall(
        r"\w+",
        """
        a abbr b blockquote br caption code col colgroup dd del details div dl dt em figcaption figure h1 h2 h3 h4 h5 h6
        hr i img ins kbd li mark ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr u
        ul var
        """,
    )
)
_WITH_CONTENT = {
    "embed", "iframe", "math", "noscript", "object", "script", "select", "style", "svg", "template", "textarea",
    "title", "xmp",
}  # fmt: skip
_SPANS = {"colspan", "rowspan"}
_ATTRIBUTES = {
    "*": {"class", "id", "style", "title"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": _SPANS,
    "th": _SPANS | {"scope"},
    "ol": {"start"},
    "details": {"open"},
}
_STYLES = {"color", "background-color", "font-style", "font-weight", "text-align", "text-decoration", "white-space"}
# In the style sheet of a pandas Styler also what its bars are made of.
_SHEET_STYLES = _STYLES | {"background", "border", "border-bottom", "border-top", "height", "width", "font-size"}
# The classes of frames, and those of highlighted code (kn, s1 …); none of the page's own.
_CLASSES = re.compile(
    r"dataframe|data|blank|((row|col|index)_)?(heading|name|trim)|(row|col|level)\d+|language-\w+|[a-z]{1,2}\d?"
)
_IMAGE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[\w+/=\s]*")
_SHEET = re.compile(r"\s*<style[^<>]*>([^<]*)</style>", re.IGNORECASE)
_SELECTOR = re.compile(r"\s*#T_\w[\w\s.:,#>-]*")
_FUNCTION = re.compile(r"\b(rgba?|hsla?|linear-gradient)\(")
_VALUE = re.compile(r"[\w\s.,%#)+-]+")


def sanitize(html: str) -> str:
    """Return HTML without what could run, load from elsewhere, or lie over the rest of the page.

    >>> sanitize('<b onclick="steal()">late</b><script>steal()</script><a href="javascript:steal()">x</a>')
    '<b>late</b><a rel="noopener noreferrer">x</a>'

    Raises:
        MissingExtraError: if the package nh3 is not installed.
    """
    return _sheet(html) + str(
        require("nh3", "notebooks").clean(
            html,
            tags=_TAGS,
            clean_content_tags=_WITH_CONTENT,
            attributes=_ATTRIBUTES,
            attribute_filter=_attribute,
            url_schemes={"http", "https", "mailto", "data"},
            filter_style_properties=_STYLES,
        )
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "class":
        return " ".join(word for word in value.split() if _CLASSES.fullmatch(word)) or None
    if name == "id":
        return value if re.fullmatch(r"T_\w+", value) else None
    if name == "src":
        return value if _IMAGE.fullmatch(value) else None
    if name == "href":
        return None if value.strip().lower().startswith("data:") else value
    return value


def _sheet(html: str) -> str:
    """Return the style sheet that a pandas Styler puts before its table, made again of what is known to be harmless."""
    found = _SHEET.match(html)
    rules = [_rule(*rule.split("{", 1)) for rule in found[1].split("}") if "{" in rule] if found else []
    return f"<style>{''.join(rules)}</style>" if any(rules) else ""


def _rule(selectors: str, body: str) -> str:
    if not all(_SELECTOR.fullmatch(each) for each in selectors.split(",")):
        return ""
    pairs = [tuple(part.strip() for part in line.partition(":")[::2]) for line in body.split(";")]
    kept = {name: value for name, value in pairs if name in _SHEET_STYLES and _harmless(value)}
    if "background-color" in kept:  # chosen for black text: the page's own may be light
        kept.setdefault("color", "#1f2328")
    return f"{selectors.strip()}{{{';'.join(':'.join(pair) for pair in kept.items())}}}" if kept else ""


def _harmless(value: str) -> bool:
    return bool(_VALUE.fullmatch(_FUNCTION.sub("", value)))


class Heading(NamedTuple):
    """A heading, and where it stands in its HTML: from its first tag, its content, to behind its last tag."""

    level: int
    text: str
    start: int
    content: int
    end: int


def find_headings(html: str) -> list[Heading]:
    """Return the headings in HTML that is sanitised: those that are tags, not what looks so in an attribute.

    >>> [(each.level, each.text) for each in find_headings('<b title="<h1>x</h1>">late</b><h2>A &amp; <i>B</i></h2>')]
    [(2, 'A & B')]
    """
    return _Reader(html).headings if "<h" in html else []


def is_blank(html: str) -> bool:
    """Tell whether HTML that is sanitised shows nothing: neither text nor picture.

    >>> is_blank("<style>#T_a{color:red}</style><table><tr><td></td></tr></table>"), is_blank("<p>0</p>")
    (True, False)
    """
    return not _Reader(html).seen


class _Reader(HTMLParser):
    """Reads HTML tag by tag."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.headings: list[Heading] = []
        self.seen = False
        self._open: list[tuple[int, int]] = []
        self._texts: list[str] = []
        self._lines = [0, *(found.end() for found in re.finditer("\n", html))]
        self.feed(html)
        self.close()

    def _at(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen = self.seen or tag == "img"
        if re.fullmatch("h[1-6]", tag):
            start = self._at()
            self._open.append((start, start + len(self.get_starttag_text() or "")))

    def handle_endtag(self, tag: str) -> None:
        if self._open and re.fullmatch("h[1-6]", tag):
            start, content = self._open.pop()
            if not self._open:  # one within another is part of it
                text, end = "".join(self._texts).strip(), self._at() + len(f"</{tag}>")
                self.headings.append(Heading(int(tag[1]), text, start, content, end))
                self._texts.clear()

    def handle_data(self, data: str) -> None:
        shown = self.cdata_elem is None
        self.seen = self.seen or (shown and not data.isspace())
        if self._open and shown:
            self._texts.append(data)
