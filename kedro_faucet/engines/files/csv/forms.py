"""Formats of dates and times that a catalog entry says, checked before a file is read by them."""

from __future__ import annotations

import re

from kedro_faucet.engines.dialect import literal
from kedro_faucet.engines.files.queries import ask
from kedro_faucet.engines.files.values import Notation, exact
from kedro_faucet.exceptions import ResourceError

_EXAMPLES = {
    "date_format": ("DATE", "DATE '2013-11-25'", "%d/%m/%Y"),
    "timestamp_format": ("TIMESTAMP", "TIMESTAMP '2013-11-25 14:35:00'", "%d/%m/%Y %H:%M:%S"),
}
_KNOWN = re.compile(r"([^%]|%-[dmyHIMSj]|%[aAbBdmyYHIpMSfgjzZ%])*")


def require_forms(notation: Notation) -> None:
    """Refuse a format that the engine does not know, or that does not tell a day.

    >>> require_forms(Notation(date_format="%d.%m.%Y"))

    Raises:
        ResourceError: naming it, and what one looks like.
    """
    for key, (kind, value, like) in _EXAMPLES.items():
        if not (form := getattr(notation, key)):
            continue
        if "%n" in form:
            raise ResourceError(f"{key}: {form} tells more than microseconds, which tables do not keep (use %f).")
        if not _KNOWN.fullmatch(form):
            raise ResourceError(f"{key}: {form} is not understood: it is made of % and letters, as in {like}.")
        text = exact(f"strftime({value}, {literal(form)})", kind, notation)
        [(is_told,)] = ask(f"select cast({text} as DATE) = cast({value} as DATE)")
        if not is_told:
            raise ResourceError(f"{key}: {form} tells no year, month and day, as {like} does.")
