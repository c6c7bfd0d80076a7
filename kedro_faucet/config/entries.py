"""What an entry of the catalog may say whose type is one of ours."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from kedro_faucet.config.models import check
from kedro_faucet.config.origin import Fault
from kedro_faucet.exceptions import did_you_mean
from kedro_faucet.services.settings import Format, LoadArgs, Names, Strict

Mode = Literal["overwrite", "append", "merge", "error", "ignore"]
OURS = "kedro_faucet."


class SaveArgs(Strict):
    """How a resource is written."""

    mode: Mode = "overwrite"
    key: Names | None = None
    order_by: str | None = None
    delete_by: str | None = None
    delete_missing: bool | None = None
    schema_: Literal["evolve", "freeze", "discard_rows", "discard_values"] = Field("evolve", alias="schema")
    audit: bool | Names | None = None
    partition_by: Names | None = None
    keep_versions: Annotated[int, Field(ge=7)] | None = None
    escape_formulas: bool | None = None


class Incremental(Strict):
    """Which rows of the source a save takes."""

    cursor: str | None = None
    lookback: str | None = None
    files: bool | None = None


class Entry(Strict):
    """What every entry of ours may say; ``validator`` is Kedro's own."""

    type: str
    provider: str | None = None
    path: str | None = None
    filepath: str | None = None
    credentials: str | dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    validator: Any = None


class ResourceEntry(Entry):
    """An entry of type ``kedro_faucet.ResourceDataset``."""

    format: Format | None = None
    load_args: LoadArgs | None = None
    save_args: SaveArgs | None = None
    incremental: Incremental | None = None
    version: Annotated[int, Field(ge=0)] | Literal["all"] | None = None
    as_of: Any = None
    changes_from: Annotated[int, Field(ge=0)] | None = None


class HistoryEntry(Entry):
    """An entry of type ``kedro_faucet.HistoryDataset``."""

    key: Names | None = None
    view: Literal["intervals", "current", "as_of", "changes"] | None = None
    at: Any = None
    from_: Any = Field(None, alias="from")
    to: Any = None
    complete: bool | None = None
    max_deletes: float | None = None
    overwrite: Names | None = None
    ignore: Names | None = None
    dropped: Names | None = None
    types: dict[str, str] | None = None
    allow_empty: bool | None = None
    allow_future: bool | None = None
    replace: bool | None = None
    changed_at: str | None = None
    operation: str | None = None
    sequence: str | None = None
    feed: str | None = None
    known_at: Any = None
    fixed: Names | None = None
    previous: Names | None = None
    max_changes: dict[str, float] | None = None


class MartEntry(Entry):
    """An entry of type ``kedro_faucet.MartDataset``."""

    keep: Annotated[int, Field(ge=1)] | None = None
    readers: Names | None = None


class ReportEntry(Entry):
    """An entry of type ``kedro_faucet.ReportDataset``."""

    code: Literal["folded", "hidden", "shown"] | None = None
    title: str | None = None
    interactive: bool | None = None
    site: bool | None = None


class LedgerEntry(Entry):
    """An entry of type ``kedro_faucet.LedgerDataset``."""

    show: str | None = None


class SecretEntry(Strict):
    """An entry of type ``kedro_faucet.SecretDataset``."""

    type: str
    credentials: str | dict[str, Any]
    metadata: dict[str, Any] | None = None


ENTRIES: dict[str, type[Strict]] = {
    "ResourceDataset": ResourceEntry,
    "HistoryDataset": HistoryEntry,
    "MartDataset": MartEntry,
    "ReportDataset": ReportEntry,
    "LedgerDataset": LedgerEntry,
    "SecretDataset": SecretEntry,
}


def kind_of(entry: dict[str, Any]) -> str | None:
    """Return the name of our dataset that an entry is of, or nothing.

    >>> kind_of({"type": "kedro_faucet.ResourceDataset"}), kind_of({"type": "pandas.CSVDataset"})
    ('ResourceDataset', None)
    """
    kind = entry.get("type")
    return kind.rpartition(".")[2] if isinstance(kind, str) and kind.startswith(OURS) else None


def check_entry(name: str, entry: dict[str, Any]) -> None:
    """Refuse a type of ours that does not exist, and what a type does not understand.

    Raises:
        Fault: with what is wrong at which key.
    """
    kind = kind_of(entry)
    if kind not in ENTRIES:
        asked, known = entry["type"], [OURS + each for each in ENTRIES]
        text = f"'{name}': no dataset '{asked}'.{did_you_mean(asked, known)} There are: {', '.join(known)}."
        raise Fault("catalog", [((name, "type"), text)])
    check(ENTRIES[kind], entry, "catalog", (name,))
    said = entry.get("incremental")
    if isinstance(said, dict) and not {"cursor", "files"} & set(said):
        text = "'incremental': the key 'cursor' is missing, as in {cursor: loaded_at}; or say {files: true}."
        raise Fault("catalog", [((name, "incremental", "cursor"), text)])
    if kind == "HistoryDataset" and not {"key", "view"} & set(entry):
        text = "'key' is missing: the columns that tell its rows apart (an entry with a view may leave them out)."
        raise Fault("catalog", [((name, "key"), text)])
