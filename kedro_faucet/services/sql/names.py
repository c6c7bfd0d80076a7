"""Names that a database keeps whole: some cut longer ones without a word, and take one for another."""

from __future__ import annotations

from kedro_faucet.exceptions import ResourceError, shortened

_BYTES = {"postgresql": 63, "oracle": 128}
_LETTERS = {"mysql": 64, "mariadb": 64, "mssql": 128}


def whole(name: str, dialect: str) -> str:
    """Return a name that the databases of a dialect keep.

    >>> whole("orders", "postgresql")
    'orders'

    Args:
        name: of a table, a column or a schema.
        dialect: as SQLAlchemy calls it.

    Raises:
        ResourceError: if it is too long.
    """
    length, most = (len(name.encode()), _BYTES[dialect]) if dialect in _BYTES else (len(name), _LETTERS.get(dialect))
    if most is not None and length > most:
        unit = "bytes" if dialect in _BYTES else "letters"
        said = f"The name '{shortened(name)}' has {length} {unit}, and one in {dialect} has {most} at most"
        raise ResourceError(f"{said}: give it a shorter one.")
    return name
