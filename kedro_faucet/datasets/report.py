"""A report: an executed notebook as one file for readers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.io import AbstractDataset

from kedro_faucet.datasets.preview import TablePreview
from kedro_faucet.documents.html import CODE
from kedro_faucet.exceptions import ResourceError, did_you_mean

if TYPE_CHECKING:
    from kedro_faucet.documents.notebook import Notebook

SUFFIXES = (".html", ".md")


class ReportDataset(AbstractDataset["Notebook", str]):
    """An executed notebook as one HTML file that needs nothing else, or as Markdown with its pictures beside it.

    ```yaml
    report:
      type: kedro_faucet.ReportDataset
      filepath: data/report/delays.html
      code: hidden
    ```

    >>> import tempfile
    >>> report = ReportDataset(filepath=tempfile.mkdtemp() + "/delays.html")
    >>> report.save({"cells": [{"cell_type": "markdown", "source": "# Delays", "metadata": {}}]})
    >>> '<h1 id="delays">Delays</h1>' in report.load()
    True
    """

    def __init__(
        self,
        *,
        filepath: str,
        code: str = "folded",
        title: str | None = None,
        interactive: bool = False,
        site: bool = False,
        engine: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep what the catalog says.

        Args:
            filepath: the file, on this machine; its suffix says what it becomes: ``.html`` or ``.md``.
            code: ``folded`` (behind a line that opens), ``shown``, or ``hidden``, with what went to stderr.
            title: default: the notebook's first heading.
            interactive: keep plotly's figures movable, which takes 5 MB of its script; HTML alone.
            site: keep ``index.html`` beside the report, with links to all reports in the folder.
            engine: the profile's engine; not used here.
            metadata: for Kedro-Viz and others; not used here.

        Raises:
            ResourceError: if a value is not understood, or the file would not be on this machine.
        """
        self._path = Path(_local(str(filepath).removeprefix("file://"), site))
        if code not in CODE:
            raise ResourceError(f"Code is {', '.join(CODE)}, not '{code}'.{did_you_mean(code, CODE)}")
        self._options: dict[str, Any] = {"code": code, "title": title}
        self._interactive = interactive
        self._site = site
        self.metadata = metadata

    def load(self) -> str:
        """Return the text of the file.

        Raises:
            ResourceError: if there is none yet.
        """
        if not self._path.is_file():
            raise ResourceError(f"There is no report {self._path} yet: it is written by the node of its notebook.")
        return self._path.read_text(encoding="utf-8")

    def save(self, data: Notebook) -> None:
        """Write an executed notebook.

        Raises:
            ResourceError: if the value is no notebook, or the file cannot be written; the old one stays.
            MissingExtraError: if a package of the extra ``notebooks`` is missing.
        """
        from kedro_faucet.storage.errors import reachable

        if not (isinstance(data, Mapping) and isinstance(data.get("cells"), list)):
            raise ResourceError(
                f"A ReportDataset takes an executed notebook, not {type(data).__name__}: "
                "name it as the report of a notebook's node, notebook_node(..., report='report')."
            )
        with reachable(str(self._path)):
            self._save_html(data) if self._path.suffix == ".html" else self._save_markdown(data)

    def _save_html(self, notebook: Notebook) -> None:
        from kedro_faucet.documents.html import render
        from kedro_faucet.documents.site import write_index
        from kedro_faucet.storage.atomic import write_atomic

        text = render(notebook, **self._options, interactive=self._interactive)
        write_atomic(self._path, text.encode())
        if self._site:
            write_index(self._path.parent)

    def _save_markdown(self, notebook: Notebook) -> None:
        from kedro_faucet.documents.markdown import render, write

        folder = f"{self._path.stem}_files"
        write(self._path, *render(notebook, **self._options, folder=folder))

    def preview(self) -> TablePreview:
        """Return the report's headings, for Kedro-Viz."""
        from kedro_faucet.documents.sanitize import find_headings

        if self._path.suffix == ".html":
            found = [each.text for each in find_headings(self.load()) if each.level <= 3]
        else:
            found = re.findall(r"^#{1,3} (.+)$", self.load(), re.MULTILINE)
        rows = [[text] for text in found]
        return TablePreview({"index": list(range(len(rows))), "columns": ["section"], "data": rows})

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._path), **self._options}

    def _exists(self) -> bool:
        return self._path.is_file()


def _local(path: str, site: bool) -> str:
    name, suffix = Path(path).name, Path(path).suffix
    if "://" in path:
        raise ResourceError(f"A report is a file on this machine, not {path}.")
    if suffix not in SUFFIXES:
        raise ResourceError(f"A report's file ends in {' or '.join(SUFFIXES)}, not '{suffix}': {path}.")
    if site and (suffix != ".html" or name == "index.html"):
        raise ResourceError(
            f"A site is of HTML files, and its index is index.html: name the report otherwise than {name}."
        )
    return path
