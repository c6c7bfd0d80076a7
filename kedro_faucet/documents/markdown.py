"""An executed notebook as Markdown, with its pictures as files beside it."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from kedro_faucet.documents.html import CellView, language, run_facts, view
from kedro_faucet.documents.markup import terminal
from kedro_faucet.documents.notebook import Notebook, joined
from kedro_faucet.documents.outputs import IMAGES, Output, as_html, picture
from kedro_faucet.engines.locks import exclusive
from kedro_faucet.storage.atomic import is_old, write_atomic


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


def write(path: Path, text: str, pictures: Mapping[str, bytes]) -> None:
    """Write a page, and its pictures into the folder beside it; those of an earlier page stay for its readers a while.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "delays.md"
    >>> write(path, "![Figure](delays_files/3b9ad4d1ff57.svg)", {"3b9ad4d1ff57.svg": b"<svg/>"})
    >>> (path.parent / "delays_files/3b9ad4d1ff57.svg").read_text()
    '<svg/>'

    Raises:
        OSError: if the system refuses; the old page stays.
    """
    folder = path.with_name(f"{path.stem}_files")
    with exclusive(str(path.parent / ".faucet" / f"{path.name}.lock")):
        for name, content in pictures.items():
            write_atomic(folder / name, content, like=path)
        with suppress(OSError):
            _keep(folder, path.read_text(encoding="utf-8", errors="replace"))
        write_atomic(path, text.encode())
        with suppress(OSError):  # the page is saved
            _sweep(folder, set(pictures))


def _keep(folder: Path, page: str) -> None:
    """Let the pictures of a page, which is about to be replaced, be as young as its readers may be."""
    for each in folder.glob("*"):
        if each.name in page and _is_ours(each):
            os.utime(each)


def _sweep(folder: Path, kept: set[str]) -> None:
    """Remove the pictures of pages that were replaced some time ago."""
    for each in [] if folder.is_symlink() else folder.glob("*"):
        with suppress(OSError):
            if each.name not in kept and is_old(each.lstat().st_mtime) and _is_ours(each):
                each.unlink()


def _is_ours(file: Path) -> bool:
    """Tell whether a file is a picture that a page of ours has written: its name says what it holds."""
    if not _PICTURE.fullmatch(file.name) or file.is_symlink() or not file.is_file():
        return False
    return file.stem == _digest(file.read_bytes())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


_PICTURE = re.compile(rf"[0-9a-f]{{12}}\.({'|'.join(IMAGES.values())})")


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
        name = f"{_digest(content)}.{IMAGES[kind]}"
        self.files[name] = content
        return f"{self.folder}/{name}" if self.folder else name


def _fenced(text: str, language: str) -> str:
    """Fence a text with more backticks than it has itself."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}" if text.strip() else ""
