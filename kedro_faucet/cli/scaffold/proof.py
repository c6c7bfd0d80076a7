"""The tests that come with made code: they run it on a copy of the project, and count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kedro_faucet.cli.scaffold.code import listed, text
from kedro_faucet.cli.scaffold.tables.draft import Draft

_HEAD = '''"""{title}"""

import shutil
from pathlib import Path

import pytest
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from kedro.io import DataCatalog
from kedro_faucet import engines

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> DataCatalog:
    """What a run makes of a copy of this project."""
    project = tmp_path_factory.mktemp("{name}")
    for name in {copied}:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, project / name)
    bootstrap_project(project)
    with KedroSession.create(project_path=project{env}) as session:
        session.run({run})
        return session.load_context().catalog


def count(catalog: DataCatalog, query: str, **names: str) -> int:
    """What a query on resources counts."""
    tables = {{alias: catalog.load(name) for alias, name in names.items()}}
    [(found,)] = engines.connect().rows(engines.sql(query, **tables))
    return found
'''
_PAIRS = '''

@pytest.mark.parametrize(
    ("source", "{made}"),
    {pairs},
)
def {test}(catalog: DataCatalog, source: str, {made}: str) -> None:
    """{claim}."""
    rows = count(catalog, "select count(*) from source", source=source)
    assert count(catalog, "select count(*) from {made}", {made}={made}) == rows
'''
_MEMBERS = '''

@pytest.mark.parametrize(
    "dimension",
    {names},
)
def test_facts_name_members_that_there_are(catalog: DataCatalog, dimension: str) -> None:
    """No row of a fact names a member that the dimension's own table lacks."""
    assert count(catalog, "select count(*) from members where member = 'orphan'", members=dimension) == 0
'''
_MADE = '''

@pytest.mark.parametrize(
    "name",
    {names},
)
def test_it_is_made(catalog: DataCatalog, name: str) -> None:
    """A run makes it{rows}."""
    assert {claim}
'''


def made_tests(outputs: Sequence[str], *, are_tables: bool) -> str:
    """Return the test of what a pipeline makes: of tables, that there are rows."""
    rows = 'count(catalog, "select count(*) from made", made=name) > 0'
    claim = (rows, ", and it has rows") if are_tables else ("catalog.exists(name)", "")
    return _MADE.format(names=listed(map(text, outputs)).written(4, 1), claim=claim[0], rows=claim[1])


def head(title: str, name: str, run: str, raw: Iterable[str], env: str | None) -> str:
    """Return how tests begin: with the catalog of a copy of the project that was run.

    Args:
        title: what they claim.
        name: what the copy's folder is called.
        run: what the session is told to run.
        raw: folders and files of data that are copied.
        env: the profile.
    """
    copied = tuple(dict.fromkeys(["conf", "src", *sorted(raw), "pyproject.toml"]))
    profile = f", env={text(env)}" if env else ""
    return _HEAD.format(title=title, name=name, run=run, env=profile, copied=f"({', '.join(map(text, copied))})")


def star_tests(draft: Draft, lake: str, star: str) -> str:
    """Return the tests of a star schema."""
    facts = [(f"{lake}/{fact.entity.name}", f"{star}/fact_{fact.name}") for fact in draft.facts]
    found = {dimension for fact in draft.facts for role, (dimension, _) in fact.roles.items() if role in fact.whole}
    partly = {d for fact in draft.facts for role, (d, _) in fact.roles.items() if role not in fact.whole}
    whole = [f"{star}/dim_{name}" for name in sorted(found - partly)]
    rows = _as_many(
        facts, "fact", "test_no_row_is_lost_or_doubled", "A fact has as many rows as the table that it is made of"
    )
    return rows + (_MEMBERS.format(names=listed(map(text, whole)).written(4, 1)) if whole else "")


def copy_tests(pairs: Sequence[tuple[str, str]]) -> str:
    """Return the tests of copies."""
    return _as_many(pairs, "copy", "test_every_row_is_copied", "A copy has as many rows as its source")


def _as_many(pairs: Sequence[tuple[str, str]], made: str, test: str, claim: str) -> str:
    """Return the test that tables have as many rows as others."""
    said = listed(f"({text(a)}, {text(b)})" for a, b in pairs).written(4, 1)
    return _PAIRS.format(pairs=said, made=made, test=test, claim=claim) if pairs else ""


def local_paths(providers: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """Return the folders and files of providers that lie in the project.

    >>> local_paths({"raw": {"path": "data/01_raw"}, "db": {"service": "postgres"}}, ["raw", "db"])
    ['data/01_raw']
    """
    found = [str(providers[name].get("path", "")) for name in names if is_local(providers.get(name) or {})]
    return sorted(set(found))


def is_local(provider: Mapping[str, Any]) -> bool:
    """Tell whether what a provider has lies in the project.

    >>> is_local({"path": "data/lake"}), is_local({"path": "/srv/lake"}), is_local({"service": "s3", "path": "lake"})
    (True, False, False)
    """
    path = str(provider.get("path", ""))
    here = provider.get("service", "file") in ("file", "sqlite", "duckdb")
    return here and bool(path) and "://" not in path and not path.startswith(("/", "~", ".."))
