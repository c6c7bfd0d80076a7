"""``version:`` and ``--load-versions``, by the real command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import kedro, make_project

from kedro_faucet import ResourceDataset, to_pandas

FILES = {
    "conf/base/providers.yml": "providers:\n  raw: {path: data/raw, format: csv}\n  lake: {path: data/lake}\n",
    "conf/base/catalog.yml": "lake/log: {type: kedro_faucet.HistoryDataset, key: word}\n",
    "conf/first/catalog.yml": "lake/words: {type: kedro_faucet.ResourceDataset, version: 0}\n",
    "data/raw/words.csv": "word\na\n",
    "src/shop/pipeline_registry.py": """\
        from kedro_faucet import pipelines


        def register_pipelines():
            copied = pipelines.copy("lake", "lake/seen", ["words"], name="see")
            return {"__default__": copied, "log": pipelines.history("raw/words", "lake/log")}
    """,
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project whose table `lake/words` has two versions."""
    words = ResourceDataset(filepath=str(tmp_path / "data/lake/words"))
    for word in "ab":
        words.save(__import__("pandas").DataFrame({"word": [word]}))
    return make_project(tmp_path, FILES)


def seen(root: Path, *arguments: str) -> str:
    """The word that a run copies, or what it says instead."""
    done = kedro(root, "run", *arguments)
    if done.returncode:
        assert "Traceback" not in done.stderr
        return done.stderr[done.stderr.index("Error: ") :]
    return str(to_pandas(ResourceDataset(filepath=str(root / "data/lake/seen/words")).load())["word"][0])


def test_a_version_is_chosen_by_entry_or_by_command(shop: Path) -> None:
    """The entry's `version:` and `--load-versions` give the table as it was; without them it is as it is now."""
    assert seen(shop) == "b"
    assert seen(shop, "--env", "first") == "a"
    assert seen(shop, "--load-versions", "lake/words:0") == "a"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("lake/words:9", "There is no version 9 of"),
        ("lake/words:2024-01-01T00.00.00.000Z", "has no version '2024-01-01T00.00.00.000Z': a Delta table's are 0"),
        ("raw/words:1", "'raw/words' has no versions: format: csv keeps none, delta does"),
        ("lake/log:1", "a HistoryDataset has no version to choose"),
    ],
)
def test_a_version_that_cannot_be_chosen_is_refused(shop: Path, asked: str, says: str) -> None:
    """Never ignored: one line says what there is instead."""
    assert says in seen(shop, "--load-versions", asked)
