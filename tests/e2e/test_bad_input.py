"""A user's mistake is one `Error:` with what, where and what next, never a traceback."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest


def edit(path: Path, old: str, new: str) -> None:
    """Replace one piece of a text file, packed or not."""
    packed = path.suffix == ".gz"
    text = gzip.decompress(path.read_bytes()).decode() if packed else path.read_text()
    assert text.count(old) >= 1, f"{old!r} is not in {path}"
    changed = text.replace(old, new, 1)
    path.write_bytes(gzip.compress(changed.encode()) if packed else changed.encode())


@pytest.fixture
def error_of(kedro, fresh):
    """Run the project, which must fail, and return its one error message."""

    def run(*arguments: str) -> str:
        done = kedro("run", *arguments, cwd=fresh, expect=1)
        output = done.stdout + done.stderr
        assert "Traceback" not in output, output[-4000:]
        assert output.count("Error:") == 1, output[-4000:]
        return output[output.index("Error:") :]

    return run


def test_a_missing_raw_file(fresh, error_of):
    """A missing raw file: which resource, which path, which profile."""
    (fresh / "data/01_raw/planes.csv").unlink()
    message = error_of("--pipelines", "ingest")
    assert "source/planes" in message
    assert str(fresh / "data/01_raw/planes.csv") in message
    assert "profile 'local'" in message


def test_a_value_of_the_wrong_type(fresh, error_of):
    """A CSV row with a wrong type: file, line, column and value."""
    edit(fresh / "data/01_raw/planes.csv", "N10156,2004,", "N10156,MMIV,")
    message = error_of("--pipelines", "ingest")
    assert all(part in message for part in ("planes.csv, line 2,", "'year'", "'MMIV'")), message


def test_a_wrong_value_in_a_packed_file(fresh, error_of):
    """A wrong value deep in one of twelve packed files is found: file, line, column and value."""
    path = fresh / "data/01_raw/flights/2013-07.csv.gz"
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    lines[4999] = lines[4999].replace("2013-08-01 02:00:00", "soon")
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    message = error_of("--pipelines", "ingest")
    assert all(part in message for part in ("2013-07.csv.gz, line 5000,", "'exported_at'", "'soon'")), message


def test_a_misspelt_provider(fresh, error_of):
    """A misspelt provider: file, line and the nearest name."""
    edit(fresh / "conf/base/catalog.yml", "provider: lake", "provider: lkae")
    message = error_of()
    assert all(part in message for part in ("catalog.yml:", "lkae", "Did you mean 'lake'?")), message


def test_a_misspelt_resource(fresh, error_of):
    """A resource whose file does not exist is named, with its path."""
    edit(fresh / "src/flights/pipelines/ingest/pipeline.py", '"airlines"', '"airlnes"')
    message = error_of("--pipelines", "ingest")
    assert "source/airlnes" in message


def test_a_misspelt_pipeline(kedro, fresh):
    """A pipeline that does not exist: Kedro names those that are near."""
    done = kedro("run", "--pipelines", "stra", cwd=fresh, expect=1)
    said = " ".join((done.stdout + done.stderr).split())
    assert "Did you mean one of these instead? star" in said, said[-2000:]


def test_a_misspelt_profile(error_of):
    """A profile that does not exist: the nearest name."""
    message = error_of("--env", "prd")
    assert "prd" in message
    assert "Did you mean 'prod'?" in message


def test_a_misspelt_key(fresh, error_of):
    """A misspelt key of the engine: file, line and the nearest name."""
    edit(fresh / "conf/base/engine.yml", "memory_limit", "memory_limt")
    message = error_of()
    assert all(part in message for part in ("engine.yml:3:", "memory_limt", "Did you mean 'memory_limit'?")), message


def test_a_misspelt_mode(fresh, error_of):
    """A misspelt write mode: file, line and the nearest name."""
    edit(fresh / "conf/base/catalog.yml", "mode: merge", "mode: mrege")
    message = error_of()
    assert all(part in message for part in ("catalog.yml:", "lake/flights", "mrege", "Did you mean 'merge'?")), message


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ('"dynamic_theta"', '"dynamic_teta"', ["no model 'dynamic_teta'", "Did you mean 'dynamic_theta'?"]),
        ("horizon=28", "horizon=0", ["horizon=0"]),
        ('every="day"', 'every="dya"', ["'dya'", "Did you mean 'day'?"]),
    ],
)
def test_a_mistake_in_a_forecast(fresh, error_of, old, new, parts):
    """A misspelt model or period and a horizon of nothing are refused before anything runs."""
    edit(fresh / "src/flights/pipelines/forecast/pipeline.py", old, new)
    message = error_of()
    assert all(part in message for part in parts), message
    assert not (fresh / "data/lake").exists()


@pytest.mark.parametrize(("new", "said"), [("horizon=28 +,", "SyntaxError: "), ("horizon=four_weeks,", "NameError: ")])
def test_a_mistake_in_a_pipelines_python_is_shown_as_what_it_is(kedro, fresh, new, said):
    """Python that is wrong ends the run with its own error: no circle of causes keeps it from being shown."""
    edit(fresh / "src/flights/pipelines/forecast/pipeline.py", "horizon=28,", new)
    done = kedro("run", cwd=fresh, expect=1)
    assert said in done.stderr


@pytest.mark.parametrize(
    ("row", "example"), [("N10156,UA,2013-01-31 23:59:59", "N10156"), ("NA,UA,2013-01-31 23:59:59", "NULL")]
)
def test_a_bad_key_in_a_snapshot(fresh, error_of, row, example):
    """A snapshot with a duplicate or NULL key is refused with examples, and nothing is written."""
    edit(fresh / "data/01_raw/fleet/2013-01.csv.gz", "snapshot_at\n", f"snapshot_at\n{row}\n{row}\n")
    edit(
        fresh / "conf/base/catalog.yml",
        "columns: {tailnum: VARCHAR, carrier",
        "nulls: [NA]\n    columns: {tailnum: VARCHAR, carrier",
    )
    message = error_of("--pipelines", "history")
    assert "lake/fleet" in message
    assert example in message
    assert not list((fresh / "data").glob("lake/fleet/**/*.parquet"))
