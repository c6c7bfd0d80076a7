"""Delta's log, read by hand: cheap, and without delta-rs, which cannot be used on both sides of a fork."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from kedro_faucet.services.stores.addresses import is_address, parse

APPLICATION = "kedro-faucet"
"""Commits of ours carry consecutive numbers under this name, so that two writers never take the same one."""
RUN, ROWS = "kedro_faucet_run", "kedro_faucet_rows"
"""What a commit calls the run that made it, and how many rows of its files are not of files that they replace."""

NEWEST, CLOSED = "newest-", "closed-"
"""What the names of files begin with that have each key's newest row, and of those whose rows another one followed."""
LAYOUT = "kedro-faucet-layout"
"""The name under which a table keeps how many rows its newest files had when they were put together."""


class Commit(NamedTuple):
    """The newest commit of a Delta table.

    Args:
        number: its version.
        path: its file, or the object's key.
        mark: of an object: which content is meant.
        size: of an object, in bytes.
    """

    number: int
    path: str
    mark: str = ""
    size: int = 0

    @property
    def is_readable(self) -> bool:
        """Whether it is the commit itself, not the checkpoint of all before it."""
        return self.path.endswith(".json")


def newest_commit(uri: str) -> Commit | None:
    """Return the newest commit of a table at a path or an address; nothing where there is no table.

    >>> newest_commit("/nowhere") is None
    True
    """
    return max(_commits(uri), key=lambda commit: (commit.number, commit.is_readable), default=None)


def _commits(uri: str) -> Iterator[Commit]:
    found: Iterable[tuple[Any, ...]]
    if is_address(uri):
        store, key, _ = parse(uri)
        found = ((each.key, each.mark, each.size) for each in store.objects(f"{key}/_delta_log/"))
    else:
        try:
            found = [(f"{uri}/_delta_log/{name}",) for name in os.listdir(f"{uri}/_delta_log")]
        except (FileNotFoundError, NotADirectoryError):
            return
    for path, *more in found:
        number, _, rest = path.rpartition("/")[2].partition(".")
        if number.isdecimal() and (rest == "json" or rest.startswith("checkpoint")):
            yield Commit(int(number), path, *more)


def version_of(uri: str) -> str:
    """Return what tells a table's content from what is committed before or after; nothing where there is no table.

    A copy of the table has the version of its original.
    """
    found = newest_commit(uri)
    if found is None:
        return ""
    content = _read(uri, found) if found.is_readable else found.path.encode()
    return f"{found.number}-{blake2b(content, digest_size=8).hexdigest()}"


def _read(uri: str, commit: Commit) -> bytes:
    if is_address(uri):
        return parse(uri).store.read(commit.path, commit.mark, 0, commit.size)
    return Path(commit.path).read_bytes()


def actions(uri: str, commit: Commit) -> list[dict[str, Any]]:
    """Return what a commit says that it did."""
    return [json.loads(line) for line in _read(uri, commit).splitlines() if line] if commit.is_readable else []


def added(uri: str) -> tuple[int | None, int]:
    """Return how many rows the newest save added or replaced, and the bytes of its files, as its commit says.

    A commit that only makes files one, or removes some, is no save.
    """
    said = next(filter(_is_save, (actions(uri, each) for each in sorted(_commits(uri), reverse=True))), [])
    files = [each["add"] for each in said if "add" in each]
    counts = [json.loads(each.get("stats") or "{}").get("numRecords") for each in files]
    told = [each[ROWS] for each in _infos(said) if ROWS in each]
    rows = int(told[0]) if told and told[0] else None if told or None in counts else sum(counts)
    return rows, sum(each["size"] for each in files)


def _is_save(said: list[dict[str, Any]]) -> bool:
    return any(each.get("txn", {}).get("appId") == APPLICATION for each in said)


def _infos(said: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each["commitInfo"] for each in said if "commitInfo" in each]


def others(uri: str) -> list[tuple[int, str]]:
    """Return the version and operation of each commit since the last checkpoint that changed rows and is none of ours.

    >>> others("/nowhere")
    []
    """
    commits = sorted(_commits(uri), key=lambda commit: commit.number)
    checkpoint = max((commit.number for commit in commits if not commit.is_readable), default=-1)
    found = []
    for commit in commits:
        did = actions(uri, commit) if commit.number > checkpoint else []
        is_ours = any(each.get("txn", {}).get("appId") == APPLICATION for each in did)
        changed = any(each.get(kind, {}).get("dataChange") for each in did for kind in ("add", "remove"))
        if changed and not is_ours:
            said = [str(each["commitInfo"].get("operation", "")) for each in did if "commitInfo" in each]
            found.append((commit.number, "".join(said) or "a commit"))
    return found


def is_committed(uri: str, run: str, since: int) -> bool:
    """Tell whether a run has committed to a table after a version."""
    later = [each for each in _commits(uri) if each.number > since and each.is_readable]
    said = [each for commit in later for each in _infos(actions(uri, commit))]
    return any(run in (each.get(RUN), run_of(str(each.get("userMetadata")))) for each in said)


def marked(run: str | None) -> str:
    """Return a mark that no other commit has, for a writer that takes a single text.

    >>> run_of(marked("2013-01-31T12.00.00"))
    '2013-01-31T12.00.00'
    """
    return f"{run or ''}:{uuid4().hex}"


def run_of(mark: str) -> str:
    """Return the run that a mark names."""
    return mark.rpartition(":")[0]
