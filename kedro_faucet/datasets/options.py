"""What a resource's ``load_args`` and ``save_args`` may say, and which of it a place and a format use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import PurePath
from typing import Any

from kedro_faucet.engines.dialect.types import declared_type
from kedro_faucet.exceptions import ResourceError, did_you_mean

FORMATS = ("csv", "json", "parquet", "delta", "excel")
NARROWED = ("query", "select", "where")
LOAD_ARGS = (
    "columns",
    *NARROWED,
    "nulls",
    "delimiter",
    "header",
    "encoding",
    "skip",
    "comment",
    "quote",
    "escape",
    "decimal",
    "thousands",
    "date_format",
    "timestamp_format",
    "filename",
    "hive",
    "entry",
    "sheet",
    "range",
)
_SHEETS = ("sheet", "range")
_USED = {
    "csv": tuple(name for name in LOAD_ARGS if name not in (*NARROWED, *_SHEETS)),
    "json": ("columns", "hive", "entry"),
    "parquet": ("hive",),
    "excel": ("columns", "nulls", "header", "skip", "filename", *_SHEETS),
}
_SUFFIXES = {
    ".csv": "csv", ".json": "json", ".jsonl": "json", ".ndjson": "json", ".parquet": "parquet",
    ".xlsx": "excel", ".xlsm": "excel", ".xlsb": "excel", ".xls": "excel",
}  # fmt: skip
MODES = ("mode", "key", "order_by", "delete_by")
SAVE_ARGS = (*MODES, "delete_missing", "schema", "audit", "partition_by", "keep_versions", "escape_formulas")
POLICIES = ("evolve", "freeze", "discard_rows", "discard_values")
INCREMENTAL = ("cursor", "lookback", "files")


def format_of(path: str) -> str:
    """Return the format that a file's name ends in, packed or not; a folder is a Delta table."""
    suffixes = (suffix.lower() for suffix in PurePath(path).suffixes[-2:])
    return next((_SUFFIXES[suffix] for suffix in suffixes if suffix in _SUFFIXES), "delta")


def load_options(format: str, said: dict[str, Any]) -> dict[str, Any]:
    """Check how texts become values; a profile may change to a format that needs none."""
    for name, kind in (said.get("columns") or {}).items():
        if format in ("csv", "excel"):
            declared_type(name, kind)
        elif format == "json":
            from kedro_faucet.engines.files.nested import nested_type

            nested_type(name, kind)
    if not isinstance(nulls := said.get("nulls") or [], list | tuple):
        nulls = [nulls]
    given = {**said, "nulls": list(map(str, nulls))}
    options = {key: value for key, value in given.items() if key in _USED.get(format, ())}
    if format == "excel":
        from kedro_faucet.engines.files.excel.area import Area

        Area.of(options.get("range"))
    if set(options) - {"columns", "nulls", "hive", "entry"}:
        from kedro_faucet.engines.files.sources import csv_options

        csv_options(options)
    return options


def known(name: str, choices: Sequence[str], what: str) -> None:
    """Refuse a name that is none of the choices.

    Raises:
        ResourceError: with the nearest one.
    """
    if name not in choices:
        raise ResourceError(f"Unknown {what} '{name}'; there are {', '.join(choices)}.{did_you_mean(name, choices)}")


def only(said: Mapping[str, Any] | None, allowed: Sequence[str], where: str) -> dict[str, Any]:
    """Return what is said, if each key is allowed, and has a value of its kind.

    Raises:
        ResourceError: naming the first that is not.
    """
    if not isinstance(said or {}, Mapping):
        raise ResourceError(f"{where}: {said!r} is no mapping, as in {where}: {{{allowed[0]}: …}}.")
    for name, value in (said or {}).items():
        known(name, allowed, f"key in {where}:")
        fits, kind = _KINDS.get(name, (_is_anything, ""))
        if value is not None and not fits(value):
            raise ResourceError(f"{where}: {name}: {value!r} is {kind}.")
    if (policy := (said or {}).get("schema")) is not None:
        known(policy, POLICIES, "schema")
    return dict(said or {})


def _is_anything(_: object) -> bool:
    return True


def _are_names(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, list | tuple) and all(isinstance(each, str) for each in value))


_KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(("key", "partition_by", "select"), (_are_names, "no name of a column, and no list of them")),
    **dict.fromkeys(
        ("order_by", "delete_by", "filename", "cursor"),
        (lambda value: isinstance(value, str), "no name of a column, which is a text"),
    ),
    **dict.fromkeys(
        ("where", "query", "schema", "decimal", "thousands", "date_format", "timestamp_format"),
        (lambda value: isinstance(value, str), "no text: write it in quotes"),
    ),
    **dict.fromkeys(
        ("delete_missing", "escape_formulas", "files", "hive"),
        (lambda value: isinstance(value, bool), "neither true nor false"),
    ),
    "columns": (lambda value: isinstance(value, Mapping), "no mapping of names to types, as in {id: BIGINT}"),
}
"""Of which kind the value of a key is, and what is said of one that is not."""


def listed(names: Any) -> list[str]:
    """Return names in a list, of which an entry may say a single one as it is.

    >>> listed("order_id"), listed(("a", "b"))
    (['order_id'], ['a', 'b'])
    """
    return [names] if isinstance(names, str) else list(names)


def moment(at: datetime | date | str) -> datetime:
    """Return a time of UTC."""
    from kedro_faucet.nodes.history.snapshot import utc

    return utc(at)


def check_versions(name: str, format: str, at_version: object, as_of: object, changes_from: object) -> None:
    """Refuse a version, a time or changes where there are none of them, or two at once.

    Raises:
        ResourceError: naming the resource.
    """
    if at_version is not None and as_of is not None:
        raise ResourceError(f"'{name}' is loaded at a version: or as_of: a time, not both.")
    if format != "delta" and (at_version, as_of, changes_from) != (None, None, None):
        kept = f"format: {format} keeps none" if format else "a database keeps none"
        raise ResourceError(f"'{name}' has no versions: {kept}, delta does.")


def kept_for(days: object) -> timedelta:
    """Return how long versions are kept.

    Raises:
        ResourceError: if it is no number of days, or less than a week.
    """
    if not isinstance(days, int) or isinstance(days, bool) or days < 7:
        raise ResourceError(f"keep_versions: {days} is no number of days: versions are kept for a week at least.")
    return timedelta(days=days)


def read_only(name: str, version: object) -> ResourceError:
    """Return the error of a save to a version of a table, or to its changes."""
    what = "the changes" if version is None else f"version {version}"
    return ResourceError(
        f"'{name}' is {what} of its table, to read only: give the node that saves an entry without version:, as_of: "
        "or changes_from:."
    )


def keyless(name: str) -> ResourceError:
    """Return the error of changes that nothing tells apart."""
    return ResourceError(f"'{name}' has no key to tell its changes by: save_args: {{mode: merge, key: …}}.")
