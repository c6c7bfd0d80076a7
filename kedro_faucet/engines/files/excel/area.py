"""Which cells of a sheet are meant, and what a cell is called."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kedro_faucet.exceptions import ResourceError

_FORM = re.compile(r"([A-Z]{0,3})(\d*)(?:(:)([A-Z]{0,3})(\d*))?")
_MOST = 2**20


@dataclass(frozen=True)
class Area:
    """A rectangle of cells, its rows and columns counted from zero; the last ones belong to it.

    >>> Area.of("A3:F100")
    Area(top=2, left=0, bottom=99, right=5)
    >>> Area.of("B:D"), Area.of("C5")
    (Area(top=None, left=1, bottom=1048575, right=3), Area(top=4, left=2, bottom=1048575, right=1048575))
    """

    top: int | None = None
    left: int = 0
    bottom: int = _MOST - 1
    right: int = _MOST - 1

    @classmethod
    def of(cls, text: str | None) -> Area:
        """Return the area that a text names as Excel does; without a text, all cells.

        Raises:
            ResourceError: if it names none.
        """
        found = _FORM.fullmatch(str(text or "").strip().upper().replace("$", ""))
        if not found or (text is not None and not any(found.group(1, 2, 4, 5))):
            raise ResourceError(f"range: {text!r} names no cells, as in range: A3:F100, range: B5 or range: A:F.")
        left, top, colon, right, bottom = found.groups()
        last = right if colon else (left if left and not top else "")
        area = cls(
            int(top) - 1 if top else None,
            column_number(left) if left else 0,
            int(bottom) - 1 if bottom else _MOST - 1,
            column_number(last) if last else _MOST - 1,
        )
        if area.left > area.right or (area.top or 0) > area.bottom or area.top == -1:
            raise ResourceError(f"range: {text!r} ends before it begins.")
        return area


def column_number(letters: str) -> int:
    """Return the number of a column, the first being zero.

    >>> column_number("A"), column_number("AA")
    (0, 26)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def cell_name(row: int, column: int) -> str:
    """Return the name of a cell, rows and columns counted from zero.

    >>> cell_name(0, 0), cell_name(9, 27)
    ('A1', 'AB10')
    """
    letters, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"
