"""What an entry may say: each key with a value of its kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kedro_faucet import ResourceDataset
from kedro_faucet.exceptions import ResourceError

WRONG: list[tuple[str, Any, str]] = [
    ("save_args", "merge", r"save_args: 'merge' is no mapping, as in save_args: {mode: …}"),
    ("save_args", {"mode": "merge", "key": 5}, "save_args: key: 5 is no name of a column, and no list of them"),
    ("save_args", {"partition_by": [1]}, r"partition_by: \[1\] is no name of a column, and no list of them"),
    ("save_args", {"mode": "merge", "key": "id", "order_by": ["at"]}, r"order_by: \['at'\] is no name of a column"),
    ("save_args", {"delete_missing": "no"}, "delete_missing: 'no' is neither true nor false"),
    ("save_args", {"schema": "freez"}, "Unknown schema 'freez'; there are evolve, freeze, .* Did you mean 'freeze'?"),
    ("load_args", ["id"], r"load_args: \['id'\] is no mapping"),
    ("load_args", {"columns": ["id"]}, r"columns: \['id'\] is no mapping of names to types, as in {id: BIGINT}"),
    ("load_args", {"filename": True}, "filename: True is no name of a column, which is a text"),
    ("load_args", {"thousands": 0}, "thousands: 0 is no text: write it in quotes"),
    ("load_args", {"where": True}, "where: True is no text: write it in quotes"),
    ("incremental", {"cursor": ["id"]}, r"incremental: cursor: \['id'\] is no name of a column"),
    ("incremental", {"files": "yes"}, "incremental: files: 'yes' is neither true nor false"),
]


@pytest.mark.parametrize(("name", "said", "message"), WRONG)
def test_a_value_of_another_kind_is_refused(name: str, said: Any, message: str) -> None:
    """A value that is of no kind which its key takes is refused where the entry is made, with the key."""
    with pytest.raises(ResourceError, match=message):
        ResourceDataset(filepath="x.csv", **{name: said})


def test_what_yaml_leaves_empty_says_nothing() -> None:
    """A key without a value is as one that is not there, and one text or number alone is a list of one."""
    ResourceDataset(filepath="x.csv", load_args={"nulls": None, "columns": None}, save_args={"schema": None})
    assert ResourceDataset(filepath="x.csv", load_args={"nulls": 999})._load_args["nulls"] == ["999"]


def test_a_packing_that_is_not_written_is_told_by_the_file_that_was_named(tmp_path: Path) -> None:
    """A save to a file packed in a way that is read alone names the entry's own path."""
    from kedro_faucet import engines

    with pytest.raises(Exception, match=rf"saved: {tmp_path}/x.csv.zip would be packed by zip, which is read"):
        ResourceDataset(filepath=str(tmp_path / "x.csv.zip")).save(engines.connect().sql("select 1 as n"))
