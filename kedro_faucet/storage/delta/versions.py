"""The versions of a Delta table: when each was committed, and whether its files are still there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kedro_faucet.engines.delta import open_table
from kedro_faucet.engines.delta.files import DeltaFiles
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services.stores.addresses import is_address, parse

_NO_CHANGE = ("OPTIMIZE", "VACUUM", "SET TBLPROPERTIES", "UNSET TBLPROPERTIES", "ADD CONSTRAINT", "DROP CONSTRAINT")


@dataclass(frozen=True)
class Version:
    """One version of a Delta table.

    Args:
        uri: where the table lies.
        number: the version.
        at: when it was committed, in UTC.
        mark: what tells it from any other version of any table.
    """

    uri: str
    number: int
    at: datetime
    mark: str

    def files(self) -> list[str] | None:
        """Return the files that it consists of; nothing where one was removed, or the log no longer tells them."""
        try:
            if open_table(self.uri, self.number) is None:
                return None
        except ResourceError:
            return None
        files = list(DeltaFiles.at(self.uri, self.number).files)
        return files if _are_there(self.uri, files) else None


def versions(uri: str) -> list[Version]:
    """Return the versions that the log tells of, oldest first, without those that changed no row.

    >>> import tempfile
    >>> from kedro_faucet.datasets import ResourceDataset
    >>> from kedro_faucet import engines
    >>> numbers = ResourceDataset(filepath=tempfile.mkdtemp() + "/n", save_args={"mode": "append"})
    >>> for n in (1, 2):
    ...     numbers.save(engines.connect().sql(f"select {n} as n"))
    >>> [version.number for version in versions(numbers._filepath)]
    [0, 1]
    """
    table = open_table(uri)
    found: list[Version] = []
    at = datetime.min
    for commit in sorted(table.history() if table else [], key=lambda each: int(each["version"])):
        told = datetime.fromtimestamp(commit["timestamp"] / 1000, UTC).replace(tzinfo=None)
        at = max(told, at + timedelta(milliseconds=1))  # as Delta does where a clock went back
        number, does = int(commit["version"]), str(commit.get("operation", ""))
        if table and not does.upper().startswith(_NO_CHANGE):
            found.append(Version(uri, number, at, f"delta {table.metadata().id}: version {number}"))
    return found


def _are_there(uri: str, files: list[str]) -> bool:
    if not is_address(uri):
        return all(Path(each).is_file() for each in files)
    store, key, _ = parse(uri)
    there = {each.key for each in store.objects(f"{key}/")}
    return all(parse(each).key in there for each in files)
