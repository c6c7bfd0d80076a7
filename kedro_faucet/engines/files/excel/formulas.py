"""Formulas that no program has computed: they have no value in the file, and would be read as NULL."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from posixpath import join
from xml.etree import ElementTree

from kedro_faucet.engines.files.excel.area import column_number
from kedro_faucet.engines.files.local.packing import opened

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# A text that is empty is a value: its cell says t="str".
_UNCOMPUTED = re.compile(
    rb'<c (?![^>]*\bt="str")[^>]*\br="([A-Z]+)(\d+)"[^>]*>\s*<f(?:[^>]*/>|[^>]*>[^<]*</f>)\s*'
    rb"(?:<v\s*/>|<v></v>)?\s*</c>"
)


def uncomputed(file: str, sheet: str) -> Iterator[tuple[int, int]]:
    """Yield the rows and columns, counted from zero, of a sheet's formulas without a value; of .xls and .xlsb none.

    Args:
        file: the workbook.
        sheet: the sheet's name.
    """
    source = BytesIO(opened(file).read())
    if not zipfile.is_zipfile(source):
        return
    with zipfile.ZipFile(source) as book:
        part = _part(book, sheet) if "xl/workbook.xml" in book.namelist() else None
        cells = book.read(part) if part else b""
    if b"<f" in cells:
        for found in _UNCOMPUTED.finditer(cells):
            yield int(found[2]) - 1, column_number(found[1].decode())


def _part(book: zipfile.ZipFile, sheet: str) -> str | None:
    """Return the name of the file in a workbook that holds a sheet."""
    pages = ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{_MAIN}sheet")
    number = next((page.get(_ID) for page in pages if page.get("name") == sheet), None)
    links = ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
    target = next((link.get("Target") for link in links if link.get("Id") == number), None)
    part = join("xl", target).lstrip("/") if target else None
    return part if part in book.namelist() else None
