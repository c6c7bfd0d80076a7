"""An executed notebook as one HTML file that needs nothing else: no network, no script, no other file."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from html import escape
from importlib.resources import files

from kedro_faucet.documents.markup import highlight, markdown
from kedro_faucet.documents.notebook import Cell, Notebook, joined, tags
from kedro_faucet.documents.outputs import PLOTLY, Output, as_html
from kedro_faucet.documents.sanitize import find_headings
from kedro_faucet.engines.conversion import require

CODE = ("folded", "hidden", "shown")
# What a reader does not see: cells that serve the one who writes, and those that the usual tags of Jupyter leave out.
_NO_CELL = {"inputs", "outputs", "skip", "interactive", "remove-cell", "remove_cell"}
_NO_CODE = {"hide-input", "remove-input", "remove_input", "hide_input"}
_NO_OUTPUT = {"hide-output", "remove-output", "remove_output", "hide_output"}
_DRAW = """
for (const box of document.querySelectorAll(".plotly")) {
  const figure = JSON.parse(box.firstElementChild.textContent);
  Plotly.newPlot(box, figure.data, figure.layout || {}, {responsive: true, displaylogo: false});
}
"""


def render(notebook: Notebook, *, code: str = "folded", title: str | None = None, interactive: bool = False) -> str:
    """Return an executed notebook as the text of one HTML file.

    >>> cells = [{"cell_type": "markdown", "source": "# Delays"}, {"cell_type": "markdown", "source": "None."}]
    >>> "<title>Delays</title>" in render({"cells": cells})
    True

    Args:
        notebook: as nbformat 4 has it.
        code: ``folded``: behind a line that opens; ``shown``; or ``hidden``, with what went to stderr.
        title: default: the first heading.
        interactive: draw plotly's figures with its script (5 MB); else the picture is shown that the cell carries too.

    Raises:
        MissingExtraError: if a package of the extra ``notebooks`` is missing.
    """
    page = _Page(notebook, code, interactive)
    body = "\n".join(part for cell in notebook["cells"] for part in page.cell(view(cell, code)) if part)
    name = title or next((text for level, text, _ in page.headings if level == 1), "Report")
    if not any(level == 1 for level, *_ in page.headings):
        body = f"<h1>{escape(name)}</h1>\n{_run_line(notebook)}\n{body}"
    return document(name, body, contents=page.contents(), time=run_time(notebook), scripts=page.scripts())


def document(title: str, body: str, *, contents: str = "", time: datetime | None = None, scripts: str = "") -> str:
    """Return a whole page: the style in it, and a policy that forbids the browser scripts and network."""
    hashes = " ".join(f"'sha256-{_hash(text)}'" for text in re.findall("<script>(.*?)</script>", scripts, re.DOTALL))
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    policy += f"; script-src {hashes}" if hashes else ""
    when = f'<meta name="date" content="{time.isoformat()}">\n' if time else ""
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="generator" content="kedro-faucet">\n{when}'
        f'<link rel="icon" href="data:,">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_style()}</style>\n</head>\n<body>\n"
        f'<div class="page{"" if contents else " alone"}">\n{contents}<main>\n{body}\n</main>\n</div>\n{scripts}'
        "</body>\n</html>\n"
    )


def run_time(notebook: Notebook) -> datetime | None:
    """Return when a notebook was run, if it says so."""
    said = notebook.get("metadata", {})
    found = said.get("faucet", {}).get("started") or said.get("papermill", {}).get("start_time")
    try:
        return datetime.fromisoformat(found) if found else None
    except ValueError:
        return None


def run_facts(notebook: Notebook) -> list[str]:
    """Return what is known of the run: its time, profile, id and commit."""
    said, time = notebook.get("metadata", {}).get("faucet", {}), run_time(notebook)
    named = [f"{name} {said[key]}" for key, name in _FACTS.items() if said.get(key)]
    return [*([f"{time.day} {time:%B %Y, %H:%M} {time:%Z}".strip()] if time else []), *named]


_FACTS = {"profile": "profile", "run_id": "run", "commit": "commit"}


def failed(notebook: Notebook) -> bool:
    """Tell whether a cell has failed."""
    outputs = (output for cell in notebook["cells"] for output in cell.get("outputs", ()))
    return any(output["output_type"] == "error" for output in outputs)


def _run_line(notebook: Notebook) -> str:
    facts = [escape(fact) for fact in run_facts(notebook)]
    facts += ['<span class="failed">the notebook failed</span>'] if failed(notebook) else []
    return f'<p class="run">{" · ".join(facts)}</p>' if facts else ""


@dataclass(frozen=True)
class CellView:
    """What a reader sees of a cell."""

    prose: str = ""
    source: str = ""
    outputs: tuple[Output, ...] = ()
    attachments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def view(cell: Cell, code: str) -> CellView:
    """Return what a reader sees of a cell, by its tags and by what is asked for code."""
    marks, source = tags(cell), joined(cell["source"])
    if marks & _NO_CELL:
        return CellView()
    if cell["cell_type"] != "code":
        prose = source if cell["cell_type"] == "markdown" else ""
        return CellView(prose=prose, attachments=cell.get("attachments", {}))
    hidden = code == "hidden"
    outputs = [each for each in cell.get("outputs", ()) if not (hidden and each.get("name") == "stderr")]
    shown = "" if hidden or marks & _NO_CODE or not source.strip() else source
    return CellView(source=shown, outputs=() if marks & _NO_OUTPUT else tuple(outputs))


@dataclass
class _Page:
    """A notebook on its way to a page, with the headings met so far."""

    notebook: Notebook
    code: str
    interactive: bool
    headings: list[tuple[int, str, str]] = field(default_factory=list)
    slugs: dict[str, int] = field(default_factory=dict)

    def cell(self, cell: CellView) -> Iterator[str]:
        """Yield the parts of a cell that a reader sees."""
        if cell.prose:
            yield self._marked(markdown(cell.prose, cell.attachments))
        if cell.source:
            yield self._code(cell.source)
        yield from map(self._output, cell.outputs)

    def _code(self, source: str) -> str:
        shown = f"<pre>{highlight(source, language(self.notebook, source)).rstrip()}</pre>"
        return shown if self.code == "shown" else f'<details class="code"><summary>Code</summary>{shown}</details>'

    def _output(self, output: Output) -> str:
        about = self.headings[-1][1] if self.headings else ""
        shown = self._marked(as_html(output, about=about, interactive=self.interactive))
        return f'<div class="picture">{shown}</div>' if shown.startswith("<img") else shown

    def _marked(self, html: str) -> str:
        """Give the headings in a part their names, for the contents to lead there; the run stands below the title."""
        parts, at = [], 0
        for each in find_headings(html):
            first = each.level == 1 and not any(level == 1 for level, *_ in self.headings)
            slug = self._slug(each.text)
            self.headings.append((each.level, each.text, slug))
            parts += [html[at : each.start], f'<h{each.level} id="{slug}">', html[each.content : each.end]]
            parts += [f"\n{_run_line(self.notebook)}"] if first else []
            at = each.end
        return "".join([*parts, html[at:]])

    def _slug(self, text: str) -> str:
        """Return a name that no other heading has."""
        slug = plain = re.sub(r"\W+", "-", text.lower()).strip("-") or "section"
        while slug in self.slugs:
            self.slugs[plain] += 1
            slug = f"{plain}-{self.slugs[plain]}"
        self.slugs[slug] = 1
        return slug

    def contents(self) -> str:
        """Return the contents at the side, where there are two sections or more."""
        shown = [each for each in self.headings if each[0] in (2, 3)]
        links = "\n".join(f'<a class="h{level}" href="#{slug}">{escape(text)}</a>' for level, text, slug in shown)
        return f'<nav aria-label="Contents">\n<b>Contents</b>\n{links}\n</nav>\n' if len(shown) > 1 else ""

    def scripts(self) -> str:
        """Return plotly's script, once, where it was asked for and there is a figure."""
        outputs = (output for cell in self.notebook["cells"] for output in cell.get("outputs", ()))
        if not self.interactive or not any(PLOTLY in output.get("data", {}) for output in outputs):
            return ""
        library = require("plotly.offline", "notebooks").get_plotlyjs()
        return f"<script>{library}</script>\n<script>{_DRAW}</script>\n"


def language(notebook: Notebook, source: str) -> str:
    """Return the language of a cell, by its magic or by the notebook."""
    if magic := re.match(r"%%(sql|bash|html|javascript)\b", source):
        return magic[1]
    said = notebook.get("metadata", {})
    return str(said.get("language_info", {}).get("name") or said.get("kernelspec", {}).get("language") or "python")


@cache
def _style() -> str:
    return files("kedro_faucet.documents").joinpath("style.css").read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
