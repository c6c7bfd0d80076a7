"""What the YAML files may say of places: mappings whose every key is known."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

Format = Literal["delta", "parquet", "csv", "json", "excel"]
Names = Annotated[list[str], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)]


class Strict(BaseModel):
    """A mapping whose every key is known; its errors never quote what was given, as that may be a secret."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @classmethod
    def known_keys(cls) -> list[str]:
        """Return the keys as a file has them.

        >>> class Place(Strict):
        ...     path: str
        >>> Place.known_keys()
        ['path']
        """
        return [field.alias or name for name, field in cls.model_fields.items()]


class FileArgs(Strict):
    """How files are read, the same on both engines."""

    columns: dict[str, str] | None = None
    nulls: Names | None = None
    delimiter: str | None = None
    header: bool | None = None
    encoding: str | None = None
    skip: int | None = None
    comment: str | None = None
    quote: str | None = None
    escape: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    date_format: str | None = None
    timestamp_format: str | None = None
    filename: str | None = None
    hive: bool | None = None
    entry: str | None = None
    sheet: str | int | None = None
    range: str | None = None


class LoadArgs(FileArgs):
    """How a resource is read; ``query``, ``select`` and ``where`` are run by the source."""

    query: str | None = None
    select: Names | None = None
    where: str | None = None
