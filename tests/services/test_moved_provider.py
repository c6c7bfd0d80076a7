"""Moving a provider from Delta to a database is one line, and gives equal results."""

from __future__ import annotations

from pathlib import Path

import pytest
from databases import Place
from kedro.io import DataCatalog

from kedro_faucet import engines
from kedro_faucet.config.loader import FaucetConfigLoader

pytestmark = pytest.mark.servers

CATALOG = """
lake/orders:
  type: kedro_faucet.ResourceDataset
  save_args: {mode: merge, key: id, order_by: changed_at}
  load_args: {where: "id > 1"}
lake/added:
  type: kedro_faucet.ResourceDataset
  save_args: {mode: append}
  incremental: {cursor: changed_at}
"""
ROWS = (
    "select i as id, 'É' || i as name, (i * {n} * 1.25)::decimal(10, 2) as amount, i % 2 = 0 as ok, "
    "timestamp '2024-01-01' + interval (i + {n}) hour as changed_at, [i, null] as parts from range({n}, {n} + 5) t(i)"
)


def catalog(root: Path, provider: str, credentials: str) -> DataCatalog:
    """The catalog of a project whose lake is this provider."""
    (root / "base").mkdir(parents=True)
    (root / "local").mkdir()
    (root / "base" / "providers.yml").write_text(f"providers:\n  lake: {provider}\n")
    (root / "base" / "catalog.yml").write_text(CATALOG)
    (root / "local" / "credentials.yml").write_text(f"db: {credentials}\n")
    loader = FaucetConfigLoader(str(root), env="local", base_env="base", default_run_env="local")
    return DataCatalog.from_config(loader["catalog"], loader["credentials"])


def test_a_moved_provider_gives_equal_results(postgres, tmp_path: Path):
    """Merges, appends by cursor, overwrites and filters leave the same rows in the same types on both."""
    import databases

    place: Place = databases.postgres.place(postgres)
    settings = ", ".join(f"{name}: {value}" for name, value in place.settings.items())
    login = f'{{username: {place.credentials["username"]}, password: "{place.credentials["password"]}"}}'
    both = [
        catalog(tmp_path / "delta", f"{{service: file, path: {tmp_path / 'lake'}}}", "{}"),
        catalog(tmp_path / "moved", f"{{{settings}, credentials: db}}", login),
    ]
    engine = engines.connect()
    for each in both:
        for turn in (1, 3, 2):
            rows = engine.sql(ROWS.format(n=turn), portable=False)
            for name in ("lake/orders", "lake/plain", "lake/added"):
                each[name].save(rows)
    for name in ("lake/orders", "lake/plain", "lake/added"):
        first, second = (each[name].load() for each in both)
        assert engine.schema(first) == engine.schema(second)
        assert sorted(engine.rows(first), key=repr) == sorted(engine.rows(second), key=repr)
        assert engine.rows(first)
