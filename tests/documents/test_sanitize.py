"""What data may put into a report's HTML."""

from __future__ import annotations

import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from kedro_faucet.documents.html import render
from kedro_faucet.documents.sanitize import sanitize

# From OWASP's cheat sheet, PortSwigger's and Cure53's collections; each would run `hit()` or load something.
HOSTILE = [
    "<script>hit()</script>",
    "<ScRiPt src=//evil.example/x.js></ScRiPt>",
    "<script\x20type='text/javascript'>hit();</script>",
    "<img src=x onerror=hit()>",
    "<img src='//evil.example/pixel.png'>",
    "<img src='data:text/html,<script>hit()</script>'>",
    "<img srcset='//evil.example/x.png 2x'>",
    "<img/src/onerror=hit()>",
    '<img """><script>hit()</script>">',
    "<svg onload=hit()>",
    "<svg><script>hit()</script></svg>",
    "<svg><animate onbegin=hit() attributeName=x dur=1s>",
    "<svg><a xlink:href='javascript:hit()'><text>x</text></a></svg>",
    "<svg><style><img src=x onerror=hit()></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=hit()&gt;'>",
    "<math><annotation-xml encoding='text/html'><img src=x onerror=hit()></annotation-xml></math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=hit()>",
    "<noscript><p title='</noscript><img src=x onerror=hit()>'>",
    "<a href='javascript:hit()'>x</a>",
    "<a href='JaVaScRiPt:hit()'>x</a>",
    "<a href='java\tscript:hit()'>x</a>",
    "<a href='&#106;avascript:hit()'>x</a>",
    "<a href='\x01javascript:hit()'>x</a>",
    "<a href='vbscript:hit()'>x</a>",
    "<a href='data:text/html,<script>hit()</script>'>x</a>",
    "<a href=' DATA:text/html;base64,PHNjcmlwdD4='>x</a>",
    "<iframe src='javascript:hit()'></iframe>",
    "<iframe srcdoc='<script>hit()</script>'></iframe>",
    "<object data='javascript:hit()'></object>",
    "<embed src='//evil.example/x.swf'>",
    "<base href='//evil.example/'>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href='//evil.example/x.css'>",
    "<style>@import '//evil.example/x.css';</style>",
    "<style>#T_x{background:url(//evil.example/x.png)}</style>",
    "<style>#T_x{color:red}</style><style>body{display:none}</style>",
    "<style>#T_x{color:red}body{display:none}</style>",
    "<style>#T_x{color:red;position:fixed}</style>",
    "<style>#T_x{color:\\75rl(//evil.example)}</style>",
    "<style>#T_x{color:red}</style ><script>hit()</script>",
    "<td style='background:url(//evil.example/x.png)'>x</td>",
    "<div style='position:fixed;inset:0;background:red'>x</div>",
    "<div style='width:expression(hit())'>x</div>",
    "<body onload=hit()>",
    "<input autofocus onfocus=hit()>",
    "<select autofocus onfocus=hit()>",
    "<details open ontoggle=hit()><summary>x</summary></details>",
    "<video><source onerror=hit()></video>",
    "<audio src=x onerror=hit()>",
    "<marquee onstart=hit()>",
    "<form action='javascript:hit()'><button>x</button></form>",
    "<button formaction='javascript:hit()'>x</button>",
    "<template><script>hit()</script></template>",
    "<textarea></textarea><script>hit()</script>",
    "<title></title><script>hit()</script>",
    "<xmp></xmp><script>hit()</script>",
    "<!--><script>hit()</script>-->",
    "<!--[if gte IE 4]><script>hit()</script><![endif]-->",
    "<![CDATA[<script>hit()</script>]]>",
    "<p id=page class='page notice picture'>x</p>",
    "<table background='//evil.example/x.png'><tr><td>x</td></tr></table>",
    "<b/onmouseover=hit()>x</b>",
    "<b onmouseover\x0b=hit()>x</b>",
    "<<script>hit()//<</script>",
    "</div></main></div><script>hit()</script>",
]
KEPT = {"class", "id", "style", "title", "href", "rel", "src", "alt", "width", "height", "colspan", "rowspan", "open"}
REFUSED = ("script", "svg", "math", "iframe", "object", "embed", "base", "meta", "link", "form", "input", "template")


class Reader(HTMLParser):
    """Reads HTML as a browser would, and notes what stands in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.styles = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        """Note what stands in a style sheet."""
        self.styles += data if self.tags and self.tags[-1] == "style" else ""


@pytest.mark.parametrize("html", HOSTILE)
def test_nothing_hostile_is_left(html: str) -> None:
    """Of what would run, load or cover something, no tag, attribute, address or style is left."""
    found = Reader(sanitize(html))
    assert not set(found.tags) & set(REFUSED)
    assert {name for name, _ in found.attributes} <= KEPT
    values = [value.lower() for name, value in found.attributes if name in {"href", "src", "style", "class", "id"}]
    said = " ".join([*values, found.styles.lower()])
    assert not [
        word for word in ("script:", "evil", "fixed", "display", "url(", "\\", "page", "data:text") if word in said
    ]


def hostile_notebook() -> dict[str, object]:
    """Return a notebook whose outputs and prose try everything."""
    bundles = [{"text/html": html} for html in HOSTILE] + [{"text/markdown": html} for html in HOSTILE]
    bundles.append(
        {"image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg' onload='hit()'><script>hit()</script></svg>"}
    )
    outputs: list[dict[str, object]] = [
        {"output_type": "display_data", "data": data, "metadata": {}} for data in bundles
    ]
    outputs.append({"output_type": "stream", "name": "stdout", "text": "</pre><script>hit()</script>"})
    outputs.append({"output_type": "error", "ename": "E", "evalue": "", "traceback": ["</pre><script>hit()</script>"]})
    cells: list[dict[str, object]] = [
        {"cell_type": "markdown", "source": f"x\n\n{html}\n", "metadata": {}} for html in HOSTILE
    ]
    cells.append({"cell_type": "markdown", "source": "# A <img src=x onerror=hit()> title", "metadata": {}})
    code = "'</pre></details><script>hit()</script>'"
    return {
        "cells": [*cells, {"cell_type": "code", "source": code, "metadata": {}, "outputs": outputs}],
        "metadata": {},
    }


def test_a_hostile_notebook_becomes_a_harmless_page() -> None:
    """A page of all of them has one policy, no script, and no address but data of images and links' own."""
    page = Reader(render(hostile_notebook(), title="</title><script>hit()</script>"))
    assert page.tags.count("meta") == 4
    assert "script" not in page.tags
    assert not [
        name for name, _ in page.attributes if name.startswith("on") or name in {"srcset", "srcdoc", "background"}
    ]
    assert all(value.startswith("data:image/") for name, value in page.attributes if name == "src")


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("chromium"), reason="needs Chromium")
def test_nothing_runs_or_loads_in_a_browser(tmp_path: Path) -> None:
    """In Chromium, with the policy taken away, a script that is told of every hit and every load hears of none."""
    spy = """<script>
        window.hits = 0
        function hit() { hits++ }
        const told = () => performance.getEntriesByType("resource").filter(each => !each.name.startsWith("data:"))
        const tell = () => { document.title = `hits ${hits} loads ${told().length}` }
        window.addEventListener("load", () => setTimeout(tell, 500))
        </script>"""
    text = render(hostile_notebook())
    start, end = text.index('<meta http-equiv="Content-Security-Policy"'), text.index('<meta name="viewport"')
    (tmp_path / "page.html").write_text(text[:start] + spy + text[end:])
    command = ["chromium", "--headless", "--no-sandbox", "--virtual-time-budget=3000", "--dump-dom", "page.html"]
    seen = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True).stdout
    assert "<title>hits 0 loads 0</title>" in seen


def test_what_frames_show_is_kept() -> None:
    """A table keeps its classes, spans, alignment and picture; a Styler's colours stay, and its bars."""
    html = (
        '<style type="text/css">#T_a1_row0_col0, #T_a1_row1_col0 {background-color: #fde725; color: #000000;}\n'
        "#T_a1_row1_col0 {width: 10em; background: linear-gradient(90deg, #d65f5f 50.0%, transparent 50.0%);}</style>"
        '<table id="T_a1" class="dataframe"><thead><tr><th class="blank level0" >&nbsp;</th></tr></thead><tbody><tr>'
        '<td id="T_a1_row0_col0" class="data row0 col0" colspan="2" style="text-align: right">7</td>'
        '<td><img src="data:image/png;base64,AAAA" alt="x"></td></tr></tbody></table>'
    )
    kept = sanitize(html)
    assert "background:linear-gradient(90deg, #d65f5f 50.0%, transparent 50.0%)" in kept
    assert "#T_a1_row0_col0, #T_a1_row1_col0{background-color:#fde725;color:#000000}" in kept
    assert 'id="T_a1_row0_col0" class="data row0 col0" colspan="2" style="text-align:right"' in kept
    assert 'src="data:image/png;base64,AAAA"' in kept


def test_a_bright_cell_keeps_dark_text() -> None:
    """A background that is chosen for black text brings it along, so that it is read on the dark page too."""
    assert "color:#1f2328" in sanitize("<style>#T_a_row0_col0 {background-color: yellow}</style>")
