"""The page that an executed notebook becomes."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from executed import PIXEL, SVG, code, notebook, prose, shown, stream

from kedro_faucet.documents.html import render


def body(text: str) -> str:
    """Return what stands on the page itself."""
    return text[text.index("<main>") :]


def test_the_page_needs_nothing_else() -> None:
    """The page names no other file, font or script: its only addresses are those in its own text."""
    text = render(notebook(prose("# Delays"), code("x", shown({"image/png": PIXEL}))))
    assert re.findall(r'(?:src|href)="(?!data:|#)[^"]*"', text) == []
    assert "@import" not in text
    assert "url(" not in text
    assert "<script" not in text


def test_the_policy_forbids_scripts_and_network() -> None:
    """The browser is told to run and load nothing but the page's own style and pictures."""
    [policy] = re.findall('Content-Security-Policy" content="([^"]*)"', render(notebook()))
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    assert "script-src" not in policy


def test_contents_lead_to_the_headings() -> None:
    """Each section of the second and third level is in the contents, once, by a name of its own."""
    text = render(notebook(prose("# Year\n## Late\n### By `hour` & day\n## Late\n## Ü <b>x</b>")))
    links = re.findall(r'<a class="(h\d)" href="#([^"]+)">(.*?)</a>', text)
    assert links == [
        ("h2", "late", "Late"),
        ("h3", "by-hour-day", "By hour &amp; day"),
        ("h2", "late-2", "Late"),
        ("h2", "ü-x", "Ü x"),
    ]
    assert all(f'id="{slug}"' in text for _, slug, _ in links)


def test_one_section_needs_no_contents() -> None:
    """A short report has no contents at its side."""
    assert "<nav" not in render(notebook(prose("# Year\n## Late")))


@pytest.mark.parametrize(
    ("cells", "title", "expected"),
    [
        ([prose("# On *time*")], None, "On time"),
        ([prose("# On time")], "Punctuality", "Punctuality"),
        ([prose("text")], None, "Report"),
    ],
)
def test_the_title(cells: list[dict[str, object]], title: str | None, expected: str) -> None:
    """The title is the one given, else the first heading; a page without a heading gets it as its heading."""
    text = render(notebook(*cells), title=title)
    assert f"<title>{expected}</title>" in text
    assert text.count("<h1") == 1


def test_the_run_is_told() -> None:
    """A quiet line says when, with which profile, in which run and at which commit the notebook ran."""
    facts = {"started": "2026-03-01T06:05:00+00:00", "profile": "prod", "run_id": "r7", "commit": "ab<c"}
    text = render(notebook(prose("# Year"), metadata={"faucet": facts}))
    assert '<p class="run">1 March 2026, 06:05 UTC · profile prod · run r7 · commit ab&lt;c</p>' in text
    assert '<meta name="date" content="2026-03-01T06:05:00+00:00">' in text


def test_papermills_time_is_told_too() -> None:
    """A notebook that papermill ran has its time from papermill."""
    run = {"papermill": {"start_time": "2026-03-01T06:05:00.123456"}}
    assert '<p class="run">1 March 2026, 06:05</p>' in render(notebook(prose("# Year"), metadata=run))


def test_a_failed_notebook_says_so() -> None:
    """What failed is said at the top, and its traceback is read without colours."""
    error = {"output_type": "error", "ename": "E", "evalue": "x", "traceback": ["\x1b[0;31mE\x1b[0m: <x>"]}
    text = render(notebook(prose("# Year"), code("1 / 0", error)))
    assert "the notebook failed" in text
    assert '<pre class="error">E: &lt;x&gt;</pre>' in text


@pytest.mark.parametrize(("how", "folds", "sources"), [("folded", 1, 1), ("shown", 0, 1), ("hidden", 0, 0)])
def test_code(how: str, folds: int, sources: int) -> None:
    """Code is behind a line that opens, or shown, or not there; what it puts out always is."""
    text = body(render(notebook(code("answer = 42", stream("out"))), code=how))
    assert text.count("<summary>Code") == folds
    assert text.count('answer <span class="o">=</span>') == sources
    assert "<pre>out</pre>" in text


def test_warnings_are_folded_away_and_hidden_with_the_code() -> None:
    """What went to stderr is behind a line that opens, and left out where code is."""
    cells = notebook(code("x", stream("FutureWarning", "stderr")))
    assert "<summary>Messages</summary><pre>FutureWarning</pre>" in render(cells)
    assert "FutureWarning" not in render(cells, code="hidden")


@pytest.mark.parametrize(
    ("tag", "has_source", "has_output"),
    [
        ("inputs", False, False),
        ("outputs", False, False),
        ("skip", False, False),
        ("interactive", False, False),
        ("remove-cell", False, False),
        ("hide-input", False, True),
        ("remove-input", False, True),
        ("remove-output", True, False),
        ("parameters", True, True),
    ],
)
def test_tags(tag: str, has_source: bool, has_output: bool) -> None:
    """Cells that serve the author alone are left out, and the usual tags of Jupyter do what they do there."""
    text = body(render(notebook(code("secret = 1", stream("said"), tags=[tag]))))
    assert ("secret" in text, "said" in text) == (has_source, has_output)


def test_the_form_that_serves_a_reader_best() -> None:
    """Of the forms of an output the table comes before the picture, the picture before Markdown and text."""
    bundle = {"text/plain": "plain", "text/markdown": "**mark**", "image/png": PIXEL, "text/html": "<b>bold</b>"}
    seen = []
    while bundle:
        text = body(render(notebook(code("x", shown(bundle)))))
        seen.append(
            next(mark for mark in ("<b>bold</b>", "<img", "<strong>mark</strong>", "<pre>plain</pre>") if mark in text)
        )
        del bundle[
            {"<b>bold</b>": "text/html", "<img": "image/png", "<strong>mark</strong>": "text/markdown"}.get(
                seen[-1], "text/plain"
            )
        ]
    assert seen == ["<b>bold</b>", "<img", "<strong>mark</strong>", "<pre>plain</pre>"]


def test_html_that_is_a_script_alone_gives_way() -> None:
    """An output whose HTML is nothing without its script shows its next form."""
    bundle = {"text/html": "<div id='vis'></div><script>draw()</script>", "text/plain": "alt.Chart(...)"}
    assert "<pre>alt.Chart(...)</pre>" in render(notebook(code("x", shown(bundle))))


def test_pictures() -> None:
    """Pictures lie in the page with the size and the words that the output gives; an SVG is drawn as a picture too."""
    sized = shown({"image/png": PIXEL}, metadata={"image/png": {"width": 300, "height": 200, "alt": "Late & <early>"}})
    text = render(notebook(prose("## By hour"), code("x", sized, shown({"image/svg+xml": [SVG]}))))
    assert f'<img alt="Late &amp; &lt;early&gt;" width="300" height="200" src="data:image/png;base64,{PIXEL}">' in text
    encoded = base64.b64encode(SVG.encode()).decode()
    assert f'<img alt="By hour" src="data:image/svg+xml;base64,{encoded}">' in text


def test_an_attachment_is_in_the_page() -> None:
    """A picture that was pasted into a cell of prose lies in the page."""
    cell = {**prose("![route](attachment:map.png)"), "attachments": {"map.png": {"image/png": PIXEL}}}
    assert f'<img src="data:image/png;base64,{PIXEL}" alt="route">' in render(notebook(cell))


def test_a_progress_bar_shows_its_end() -> None:
    """Of a line that was overwritten the last state is shown."""
    assert "<pre>100%</pre>" in render(notebook(code("x", stream("1%\r50%\r100%\r\n"))))


FIGURE = {
    "data": [{"x": [1, 2], "y": [3, 4], "name": "</script><script>hit()</script>"}],
    "layout": {"title": {"text": "T"}},
}


def test_a_plotly_figure_shows_its_picture() -> None:
    """Where the cell carries a picture of a figure, that is shown; else a sentence says what to do."""
    mime = "application/vnd.plotly.v1+json"
    assert "data:image/png" in render(notebook(code("x", shown({mime: FIGURE, "image/png": PIXEL, "text/html": "x"}))))
    alone = render(notebook(code("x", shown({mime: FIGURE, "text/html": "<script>draw()</script>"}))))
    assert "<code>interactive: true</code>" in alone
    vega = render(notebook(code("x", shown({"application/vnd.vegalite.v5+json": {}, "text/plain": "alt.Chart(...)"}))))
    assert "<code>alt.renderers.enable('svg')</code>" in vega


def test_an_interactive_figure_brings_its_script_once() -> None:
    """On request plotly's script is in the page, once for all figures; the policy lets that text alone run."""
    pytest.importorskip("plotly")
    outputs = [shown({"application/vnd.plotly.v1+json": FIGURE}) for _ in range(2)]
    text = render(notebook(code("x", *outputs)), interactive=True)
    scripts = re.findall("<script>(.*?)</script>", text, re.DOTALL)
    assert len(scripts) == 2
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    assert all(f"'sha256-{each}'" in text for each in hashes)
    [first, _] = re.findall('<script type="application/json">(.*?)</script>', text)
    assert json.loads(first)["data"] == FIGURE["data"]


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("chromium"), reason="needs Chromium")
def test_an_interactive_figure_is_drawn_in_a_browser(tmp_path: Path) -> None:
    """Chromium, under the page's policy, draws the figure, and runs nothing of its data."""
    pytest.importorskip("plotly")
    text = render(notebook(code("x", shown({"application/vnd.plotly.v1+json": FIGURE}))), interactive=True)
    (tmp_path / "page.html").write_text(text)
    command = ["chromium", "--headless", "--no-sandbox", "--virtual-time-budget=5000", "--dump-dom", "page.html"]
    seen = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True).stdout
    assert 'class="main-svg"' in seen


def test_no_script_where_there_is_no_figure() -> None:
    """A page that might be interactive but has no figure brings no script."""
    assert "<script" not in render(notebook(prose("# Year")), interactive=True)


def test_rendering_changes_nothing() -> None:
    """The notebook is the same afterwards, and the same notebook gives the same text."""
    before = notebook(prose("# Year"), code(["a\n", "b"], stream(["x\n", "y"])))
    kept = copy.deepcopy(before)
    assert render(before) == render(before)
    assert before == kept


def test_other_languages_and_magics() -> None:
    """A cell of SQL is read as SQL, a notebook in R as R, and an unknown language stays as it is."""
    assert '<span class="k">select</span>' in render(notebook(code("%%sql\nselect 1")))
    r = {"language_info": {"name": "r"}}
    assert '<span class="o">&lt;-</span>' in render(notebook(code("x <- 1"), metadata=r))
    assert "<pre>x &lt;- 1</pre>" in render(notebook(code("x <- 1"), metadata={"language_info": {"name": "klingon"}}))


def test_thirty_cells_are_small() -> None:
    """The page of a notebook of thirty cells is below 50 kB beside its pictures."""
    table = "<table><tr>" + "<td>1</td>" * 40 + "</tr></table>"
    cells = [prose(f"## Part {number}\nSome words.") for number in range(10)]
    cells += [code("frame.groupby('a').agg(b=('c', 'mean')).plot()", shown({"text/html": table})) for _ in range(20)]
    assert len(render(notebook(*cells)).encode()) < 50_000
