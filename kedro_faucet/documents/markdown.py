"""An executed notebook as Markdown, with its pictures as files beside it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kedro_faucet.documents.html import CellView, language, run_facts, view
from kedro_faucet.documents.markup import terminal
from kedro_faucet.documents.notebook import Notebook, joined
from kedro_faucet.documents.outputs import IMAGES, Output, as_html, picture


def render(
    notebook: Notebook, *, code: str = "folded", title: str | None = None, folder: str = ""
) -> tuple[str, dict[str, bytes]]:
    """Return an executed notebook as Markdown, and the files that its pictures are.

    >>> cells = [{"cell_type": "markdown", "source": "# Delays"}, {"cell_type": "code", "source": "1 + 1"}]
    >>> print(render({"cells": cells}, code="shown")[0])
    # Delays
    <BLANKLINE>
    ```python
    1 + 1
    ```
    <BLANKLINE>

    Args:
        notebook: as nbformat 4 has it; Markdown in it stays as it is.
        code: ``folded``, ``shown``, or ``hidden``, with what went to stderr.
        title: a first line, where the notebook has none.
        folder: where the pictures will lie, as the text names it.

    Raises:
        MissingExtraError: if a package of the extra ``notebooks`` is missing.
    """
    page = _Page(notebook, code, folder)
    parts = [part for cell in notebook["cells"] for part in page.cell(view(cell, code)) if part]
    head = [f"# {title}"] if title and not any(part.startswith("# ") for part in parts) else []
    facts = " · ".join(run_facts(notebook))
    return "\n\n".join([*head, *parts, *([f"*{facts}*"] if facts else [])]) + "\n", page.files


@dataclass
class _Page:
    """A notebook on its way to Markdown, with the files met so far."""

    notebook: Notebook
    code: str
    folder: str
    files: dict[str, bytes] = field(default_factory=dict)

    def cell(self, cell: CellView) -> Iterator[str]:
        """Yield the parts of a cell that a reader sees."""
        if cell.prose:
            yield cell.prose.strip()
        if cell.source:
            yield self._code(cell.source)
        yield from map(self._output, cell.outputs)

    def _code(self, source: str) -> str:
        fenced = _fenced(source, language(self.notebook, source))
        return fenced if self.code == "shown" else f"<details><summary>Code</summary>\n\n{fenced}\n\n</details>"

    def _output(self, output: Output) -> str:
        if output["output_type"] == "stream":
            return _fenced(terminal(joined(output["text"])), "text")
        html = as_html(output)
        if (found := picture(output)) and html.startswith("<img"):
            return f"![Figure]({self._file(*found)})"
        plain = joined(output.get("data", {}).get("text/plain", "")) if html.startswith("<pre>") else ""
        # A blank line would end the HTML for a reader of Markdown.
        return _fenced(plain, "text") if plain else re.sub(r"\n\s*\n", "\n", html).strip()

    def _file(self, kind: str, content: bytes) -> str:
        name = f"{hashlib.sha256(content).hexdigest()[:12]}.{IMAGES[kind]}"
        self.files[name] = content
        return f"{self.folder}/{name}" if self.folder else name


def _fenced(text: str, language: str) -> str:
    """Fence a text with more backticks than it has itself."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}" if text.strip() else ""
