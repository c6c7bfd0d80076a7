"""What a cell has put out, as HTML: the form of each output that serves a reader best."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from kedro_faucet.documents.markup import markdown, terminal
from kedro_faucet.documents.notebook import joined
from kedro_faucet.documents.sanitize import is_blank, sanitize

Output = dict[str, Any]
IMAGES = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}
PLOTLY = "application/vnd.plotly.v1+json"
_INTERACTIVE = re.compile(r"application/vnd\.(plotly|vega|vegalite|bokehjs_\w+)\b.*")
_NOTICES = {
    "plotly": "A plotly figure, which a script would draw: <code>interactive: true</code> keeps it in the report, with "
    "5 MB of plotly.js; <code>pio.renderers.default = 'svg'</code> (and kaleido) makes it a picture.",
    "vega": "An Altair figure, which a script would draw: <code>alt.renderers.enable('svg')</code> (and "
    "vl-convert-python) makes it a picture.",
}


def as_html(output: Output, *, about: str = "", interactive: bool = False) -> str:
    """Return one output of a cell as HTML in which nothing of the data's can run.

    >>> as_html({"output_type": "stream", "name": "stdout", "text": "1 < 2"})
    '<pre>1 &lt; 2</pre>'

    Args:
        output: as nbformat 4 has it.
        about: what pictures are said to show where the output itself does not say.
        interactive: keep plotly's figures as data, for the page's script to draw.
    """
    if output["output_type"] == "stream":
        return _stream(terminal(joined(output["text"])), output.get("name"))
    if output["output_type"] == "error":
        trace = "\n".join(output.get("traceback") or [f"{output.get('ename')}: {output.get('evalue')}"])
        return f'<pre class="error">{escape(terminal(trace))}</pre>'
    data = output.get("data", {})
    if interactive and PLOTLY in data:
        return _plotly(data[PLOTLY])
    if figure := next(filter(_INTERACTIVE.fullmatch, data), None):
        return image(output, about) or _notice(figure)
    return next((shown for each in _FORMS if (shown := each(output, about))), "")


def _stream(text: str, name: str | None) -> str:
    shown = f"<pre>{escape(text.rstrip())}</pre>" if text.strip() else ""
    return (
        f'<details class="code"><summary>Messages</summary>{shown}</details>' if shown and name == "stderr" else shown
    )


def picture(output: Output) -> tuple[str, bytes] | None:
    """Return the MIME type and the bytes of an output's image, if it has one."""
    data = output.get("data", {})
    kind = next((kind for kind in IMAGES if data.get(kind)), None)
    if kind is None:
        return None
    text = joined(data[kind])
    # An SVG text may come in base64 too.
    return kind, text.encode() if text.lstrip().startswith("<") else base64.b64decode(text)


def image(output: Output, about: str = "") -> str:
    """Return an output's image, its bytes in the tag; an SVG drawn in such a tag runs and loads nothing."""
    if not (found := picture(output)):
        return ""
    kind, content = found
    said = {**output.get("metadata", {}), **output.get("metadata", {}).get(kind, {})}
    sizes = "".join(f' {name}="{int(said[name])}"' for name in ("width", "height") if str(said.get(name)).isdigit())
    source = f"data:{kind};base64,{base64.b64encode(content).decode()}"
    return f'<img alt="{escape(str(said.get("alt") or about or "Figure"))}"{sizes} src="{source}">'


def _plotly(figure: Mapping[str, Any]) -> str:
    text = json.dumps({key: figure.get(key) for key in ("data", "layout")}).replace("<", "\\u003c")
    return f'<div class="plotly"><script type="application/json">{text}</script></div>'


def _notice(kind: str) -> str:
    text = next((text for name, text in _NOTICES.items() if name in kind), "A figure that needs a script.")
    return f'<p class="notice">{text}</p>'


def _table(output: Output, about: str) -> str:
    shown = sanitize(joined(output["data"].get("text/html", "")))
    return "" if is_blank(shown) else f'<div class="table">{shown}</div>'


def _prose(output: Output, about: str) -> str:
    return markdown(joined(output["data"].get("text/markdown", "")))


def _plain(mime: str) -> Callable[[Output, str], str]:
    def shown(output: Output, about: str) -> str:
        text = terminal(joined(output["data"].get(mime, "")))
        return f"<pre>{escape(text)}</pre>" if text.strip() else ""

    return shown


_FORMS = (_table, image, _prose, _plain("text/latex"), _plain("text/plain"))
