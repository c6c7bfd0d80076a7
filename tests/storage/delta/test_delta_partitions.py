"""Delta tables in partitions, and as they were at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from kedro.io import DatasetError

from kedro_faucet.datasets import ResourceDataset
from kedro_faucet.engines.delta import partitions

ROWS = "select * from (values (1, 'a', date '2013-01-01'), (2, null, date '2013-01-02'), (3, 'ü/=%', null)) t(n, s, d)"


def resource(engine, path, **said):
    """A Delta resource at a path."""
    return ResourceDataset(filepath=str(path / "x"), engine=engine.config, **said)


@pytest.mark.parametrize("names", [["s"], ["d", "s"]])
def test_partitions_give_back_the_rows(engine, tmp_path, names):
    """Values with NULLs and signs in folders' names come back as they were, also those that are appended."""
    said = {"mode": "append", "partition_by": names}
    for _ in range(2):
        resource(engine, tmp_path, save_args=said).save(engine.sql(ROWS))
    assert partitions(str(tmp_path / "x")) == names
    found = engine.rows(engine.sql("select n, s, d from t order by n", t=resource(engine, tmp_path).load()))
    assert found == sorted([*engine.rows(engine.sql(ROWS))] * 2)
    # An entry that says nothing of partitions leaves them.
    resource(engine, tmp_path).save(engine.sql(ROWS))
    assert partitions(str(tmp_path / "x")) == names
    # Columns that are gone are no partitions any more.
    resource(engine, tmp_path).save(engine.sql("select 1 as n, 2 as m"))
    assert partitions(str(tmp_path / "x")) == []
    assert engine.rows(resource(engine, tmp_path).load()) == [(1, 2)]


@pytest.mark.parametrize(
    ("said", "rows", "message"),
    [
        ({"partition_by": "s"}, "select 1 as n, '' as s", "'s' is an empty text in some rows"),
        ({"partition_by": "z"}, "select 1 as n, 'a' as s", "no column 'z'"),
        ({"partition_by": "f"}, "select 1 as n, 1e0 as f", "'f' is DOUBLE: use a column of VARCHAR"),
        ({"partition_by": "n"}, "select 1 as n", "names every column"),
        (
            {"partition_by": "n", "mode": "append"},
            "select 1 as n, 'a' as s, null as d",
            "by s, not by n",
        ),
    ],
)
def test_what_cannot_be_a_partition_is_refused(engine, tmp_path, said, rows, message):
    """A text that Delta would keep as NULL, columns of fractions, and other columns than the table's are refused."""
    resource(engine, tmp_path, save_args={"partition_by": "s"}).save(engine.sql(ROWS))
    with pytest.raises(DatasetError, match=message):
        resource(engine, tmp_path, save_args=said).save(engine.sql(rows))
    assert len(engine.rows(resource(engine, tmp_path).load())) == 3


def test_a_table_is_loaded_as_it_was_at_a_time(engine, tmp_path):
    """`as_of` is the newest version until a time; before the first one there is nothing, and none is saved to."""
    for number in (1, 2):
        resource(engine, tmp_path).save(engine.sql(f"select {number} as n"))
        if number == 1:
            between = datetime.now(UTC) + timedelta(milliseconds=1)
    assert engine.rows(resource(engine, tmp_path, as_of=between).load()) == [(1,)]
    assert engine.rows(resource(engine, tmp_path, as_of="2999-01-01").load()) == [(2,)]
    with pytest.raises(DatasetError, match="no version as old as 2013-01-01"):
        resource(engine, tmp_path, as_of="2013-01-01").load()
    with pytest.raises(DatasetError, match="to read only"):
        resource(engine, tmp_path, as_of=between).save(engine.sql("select 3 as n"))
