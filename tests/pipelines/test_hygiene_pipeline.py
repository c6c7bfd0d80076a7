"""Column hygiene as a pipeline."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from kedro.io import DataCatalog, DatasetError, MemoryDataset
from kedro.runner import SequentialRunner
from projects import kedro, make_project

from kedro_faucet.datasets import SecretDataset
from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import ConfigError, ResourceError
from kedro_faucet.nodes.hygiene import Cast, CleanNames, Pseudonym
from kedro_faucet.pipelines import clean

SECRET = "correct horse battery staple"
PROJECT = {
    "conf/base/providers.yml": """\
        providers:
          source: {service: file, path: data/01_raw, format: csv}
          lake: {service: file, path: data/lake, format: csv}
    """,
    "conf/base/catalog.yml": "shop_key: {type: kedro_faucet.SecretDataset, credentials: shop}\n",
    "conf/local/credentials.yml": "shop: {secret: '${env:SHOP_SECRET}'}\n",
    "data/01_raw/people.csv": "Name,Age\nada,36\nbob,x\n",
    "src/shop/pipeline_registry.py": """\
        from kedro_faucet import pipelines
        from kedro_faucet.nodes.hygiene import Cast, CleanNames, Pseudonym

        STEPS = [CleanNames(), Pseudonym(["name"])]


        def register_pipelines():
            good = pipelines.clean("source/people", "lake/people", STEPS, secret="shop_key")
            bad = pipelines.clean("source/people", "lake/ages", [*STEPS, Cast({"age": "BIGINT"})], secret="shop_key")
            own = pipelines.clean("source/people", "lake/own", STEPS)
            return {"__default__": good, "bad": bad, "own": own}
    """,
}


def test_rows_go_where_they_belong(engine: Engine) -> None:
    """The node can be pickled, shows its steps, and keeps rejected rows apart."""
    steps = [CleanNames(), Pseudonym(["name"]), Cast({"age": "BIGINT"}, invalid="reject")]
    pipeline = pickle.loads(pickle.dumps(clean("people", "kept", steps, rejected="left", secret="key")))
    [node] = pipeline.nodes
    assert node.preview().content.startswith("-- CleanNames\nselect * from source")
    people = engine.sql("""select 'ada' as "Name", '36' as "Age" union all select 'bob', 'x'""")
    catalog = DataCatalog({name: MemoryDataset(copy_mode="assign") for name in ("people", "kept", "left")})
    catalog["key"] = SecretDataset(credentials={"secret": SECRET})
    catalog.save("people", people)
    SequentialRunner().run(pipeline, catalog)
    assert [age for age, _ in engine.rows(catalog.load("kept"))] == [36]
    assert [row[1:] for row in engine.rows(catalog.load("left"))] == [("x", "age is not exactly a BIGINT")]


def test_a_resource_for_rejected_rows_needs_a_step_that_rejects() -> None:
    """It would never be written."""
    with pytest.raises(ConfigError, match="no step is one"):
        clean("a", "b", [CleanNames()], rejected="c")


@pytest.mark.slow
def test_the_secret_is_in_nothing_that_a_run_leaves(tmp_path: Path) -> None:
    """After runs that succeed, fail in the data and fail for want of a secret, neither output nor files hold it."""
    root = make_project(tmp_path, PROJECT)
    given = {"SHOP_SECRET": SECRET, "PSEUDONYM_KEY": SECRET}
    runs = [
        kedro(root, "run", env=given),
        kedro(root, "run", "--pipeline=own", env=given),
        kedro(root, "run", "--pipeline=bad", env=given),
        kedro(root, "run", env={"SHOP_SECRET": SECRET[:9]}),
        kedro(root, "faucet", "resources", env=given),
        kedro(root, "catalog", "resolve-patterns", env=given),
        kedro(root, "viz", "build", "--include-previews", env=given),
    ]
    assert [bool(run.returncode) for run in runs] == [False, False, True, True, False, False, False]
    assert "Column 'age': 1 value is not exactly a BIGINT: 'x'" in runs[2].stderr
    assert "is no text of at least 16 letters" in runs[3].stderr
    assert (root / "data/lake/people.csv").read_text() == (root / "data/lake/own.csv").read_text()
    left = "".join(run.stdout + run.stderr for run in runs).encode()
    left += b"".join(path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file())
    assert SECRET.encode() not in left
    assert SECRET[:9].encode() not in left


def test_a_secret_is_read_only_and_alone() -> None:
    """Credentials without a secret, or with more, are refused, and so is saving one."""
    for wrong in ({}, {"secret": SECRET, "other": "x"}):
        with pytest.raises(ResourceError, match="needs one secret"):
            SecretDataset(credentials=wrong)
    with pytest.raises(ConfigError, match=r"secret in credentials.yml is no text of at least 16"):
        SecretDataset(credentials={"secret": 12345678901234567})
    dataset = SecretDataset(credentials={"secret": SECRET})
    assert SECRET not in f"{dataset} {dataset!r} {dataset._describe()}"
    with pytest.raises(DatasetError, match="read only"):
        dataset.save(SECRET)
