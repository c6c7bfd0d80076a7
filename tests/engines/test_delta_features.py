"""Delta tables that other programs made: what cannot be written or read is refused by what it is."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from kedro_faucet.engines import Engine
from kedro_faucet.engines.delta import latest_version
from kedro_faucet.exceptions import ResourceError


def featured(folder: Path, *features: str) -> str:
    """Make a table that says it needs features to be written."""
    write_deltalake(folder, pa.table({"n": [1]}))
    log = folder / "_delta_log/00000000000000000000.json"
    protocol = {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": [], "writerFeatures": list(features)}
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    log.write_text("\n".join(json.dumps({"protocol": protocol} if "protocol" in line else line) for line in lines))
    return str(folder)


def test_a_table_that_takes_appends_alone(engine: Engine, tmp_path: Path) -> None:
    """A table with delta.appendOnly refuses to be replaced by that property's name, and takes an append."""
    uri = str(tmp_path / "x")
    write_deltalake(uri, pa.table({"n": [1]}), configuration={"delta.appendOnly": "true"})
    rows = engine.from_frame(pa.table({"n": [2]}))
    with pytest.raises(ResourceError, match=r"x only takes appends \(its property delta\.appendOnly is true\)"):
        engine.write_delta(rows, uri, mode="overwrite", expected=0)
    engine.write_delta(rows, uri, mode="append", expected=0)
    assert latest_version(uri) == 1


@pytest.mark.parametrize("mode", ["append", "overwrite"])
@pytest.mark.parametrize(
    ("feature", "says"),
    [("clustering", "clustered table"), ("identityColumns", "identity columns"), ("someNew", "some new")],
)
def test_a_feature_that_the_embedded_engine_does_not_write(tmp_path: Path, feature: str, says: str, mode: str) -> None:
    """A feature that delta-rs lacks is named at once; that others wrote meanwhile is not said, since none did."""
    from kedro_faucet import ResourceDataset

    uri = featured(tmp_path / "x", feature)
    with pytest.raises(Exception, match=f"x uses {says}, which the embedded engine does not write: use Spark") as error:
        ResourceDataset(filepath=uri, save_args={"mode": mode}).save(pa.table({"n": [2]}))
    assert isinstance(error.value.__cause__, ResourceError)
    assert DeltaTable(uri).version() == 0


def test_a_file_is_no_delta_table(engine: Engine, tmp_path: Path) -> None:
    """A path that is a file says so, and what to write."""
    (tmp_path / "x").write_text("n\n1\n")
    with pytest.raises(ResourceError, match="x is a file, and a Delta table is a folder: say what it is"):
        latest_version(str(tmp_path / "x"))
