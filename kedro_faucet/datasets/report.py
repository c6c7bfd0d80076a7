"""A report: an executed notebook as one file for readers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.io import AbstractDataset

from kedro_faucet.datasets.places import file_service, location
from kedro_faucet.datasets.preview import TablePreview
from kedro_faucet.documents.html import CODE
from kedro_faucet.exceptions import ResourceError, did_you_mean
from kedro_faucet.services.stores.addresses import is_address, parse
from kedro_faucet.storage.places.objects import Objects

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
        credentials: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        service: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep what the catalog says.

        Args:
            filepath: the file; its suffix says what it becomes: ``.html`` or ``.md``.
            code: ``folded`` (behind a line that opens), ``shown``, or ``hidden``, with what went to stderr.
            title: default: the notebook's first heading.
            interactive: keep plotly's figures movable, which takes 5 MB of its script; HTML alone.
            site: keep ``index.html`` beside the report, with links to all reports in the folder.
            engine: the profile's engine; not used here.
            credentials: for the provider's service.
            metadata: for Kedro-Viz and others; not used here.
            service: the provider's settings, where it is no folder; ``filepath`` is then a URL.

        Raises:
            ResourceError: if a value is not understood, or the file would be neither on this machine nor in a store.
        """
        self._filepath = str(filepath).removeprefix("file://")
        self._service = file_service(service, credentials, self._filepath, "A report")
        self._path = Path(_named(self._filepath, site))
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
        if not self._exists():
            raise ResourceError(f"There is no report {self._filepath} yet: it is written by the node of its notebook.")
        if self._address:
            with Objects(parse(self._address)).copied() as file:
                return file.read_text(encoding="utf-8")
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
        with reachable(self._filepath):
            self._save_html(data) if self._path.suffix == ".html" else self._save_markdown(data)

    def _save_html(self, notebook: Notebook) -> None:
        from kedro_faucet.documents.html import render
        from kedro_faucet.documents.publish import put_page
        from kedro_faucet.documents.site import write_index
        from kedro_faucet.storage.atomic import write_atomic

        text = render(notebook, **self._options, interactive=self._interactive)
        if self._address:
            return put_page(self._address, text, site=self._site)
        write_atomic(self._path, text.encode())
        return write_index(self._path.parent) if self._site else None

    def _save_markdown(self, notebook: Notebook) -> None:
        from kedro_faucet.documents.markdown import render, write
        from kedro_faucet.documents.publish import put_markdown

        folder = f"{self._path.stem}_files"
        page = render(notebook, **self._options, folder=folder)
        put_markdown(self._address, *page, folder) if self._address else write(self._path, *page)

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
        return {"filepath": self._filepath, **self._options}

    @property
    def _address(self) -> str:
        """The address in a store; empty where the report is a file of this machine."""
        found = location(self._service, self._filepath)
        return found if is_address(found) else ""

    def _exists(self) -> bool:
        return Objects(parse(self._address)).exists() if self._address else self._path.is_file()


def _named(path: str, site: bool) -> str:
    name, suffix = Path(path).name, Path(path).suffix
    if suffix not in SUFFIXES:
        raise ResourceError(f"A report's file ends in {' or '.join(SUFFIXES)}, not '{suffix}': {path}.")
    if site and (suffix != ".html" or name == "index.html"):
        raise ResourceError(
            f"A site is of HTML files, and its index is index.html: name the report otherwise than {name}."
        )
    return path
