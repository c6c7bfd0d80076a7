"""`kedro faucet add pipeline` in a real project, every kind."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import make_project
from test_scaffold import FILES, commands, run

ADDED = {
    "words": "ingest --from source/orders --from source/notes",
    "people": "history --from source/customers",
    "sales": "star --from lake/orders --from lake/customers",
    "monthly": "cube --from star/fact_order",
    "coming": "forecast --from lake/orders --key customer_id --value total",
    "shown": "report --from cube/monthly",
    "mart": "publish --from star/fact_order --from cube/monthly",
}
"""Pipelines, each of which reads what those before it make."""
REFUSED = {
    "My-Words --kind ingest --from source/orders": "A pipeline cannot be called 'My-Words'",
    "words --kind ingest --from sourc/orders": "There is no resource 'sourc/orders'.",
    "people --kind history --from source/customers --key idd": "has no column 'idd'",
    "people --kind history --from source/twice": "No column of source/twice tells its rows apart",
    "people --kind history --from source/customers": "tests/test_people.py is there already",
    "monthly --kind cube --from lake/fact_order": "No pipeline has a schema.py with the fact of lake/fact_order.",
}
"""What is asked for, and what is said of it."""
RAW = {
    "conf/base/providers.yml": """
        providers:
          source: {path: data/raw, format: csv}
          lake: {path: data/lake}
    """,
    "data/raw/customers.csv": "id,name\n1,Ada\n2,Bob\n",
    "data/raw/notes.csv": "said\nyes\n",
    "data/raw/orders.csv": "id,customer_id,ordered_on,total\n"
    + "".join(f"{n},{n % 2 + 1},2024-{n // 28 + 1:02d}-{n % 28 + 1:02d},{n}.5\n" for n in range(112)),
}


@pytest.mark.slow
def test_pipelines_of_every_kind_run_and_are_tested(tmp_path: Path):
    """Each is found and runs at once on what the others make; a test of theirs passes, a formatter changes nothing."""
    root = make_project(tmp_path, {**FILES, **RAW})
    done = commands(root, [(f"add pipeline {name} --kind {words}", name) for name, words in ADDED.items()])
    assert [code for code, _ in done] == [0] * len(ADDED), done
    assert (root / "data/mart.duckdb").is_file()
    assert (root / "data/report/shown.html").is_file()
    cube = (root / "src/shop/pipelines/monthly/pipeline.py").read_text()
    assert 'by=["ordered_on.month_start", "customer.id"]' in cube
    run(root, "pytest", "-q", "tests/test_sales.py")
    run(root, "ruff", "format", "--isolated", "--line-length=120", "--check", "src/shop/pipelines", "tests")


def test_what_cannot_be_is_refused_in_a_sentence_and_nothing_is_written(tmp_path: Path):
    """A bad name, a resource or a column that is not there, a key that nobody knows, and a file that is there."""
    mine = {"tests/test_people.py": "# mine\n", "data/raw/twice.csv": "a\n1\n1\n"}
    root = make_project(tmp_path, {**FILES, **RAW, **mine})
    before = {path for path in root.rglob("*") if path.suffix in (".py", ".yml")}
    done = commands(root, [(f"add pipeline {words}", "") for words in REFUSED])
    assert [said in output for said, (_, output) in zip(REFUSED.values(), done, strict=True)] == [True] * 6, done
    assert [code for code, _ in done] == [1] * 6
    assert {path for path in root.rglob("*") if path.suffix in (".py", ".yml")} == before
