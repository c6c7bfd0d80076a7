"""A project whose source is a PostgreSQL database, from the command line: what a newcomer does first."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from projects import kedro, make_project

pytestmark = pytest.mark.slow

FILES = {
    "conf/base/providers.yml": """
        providers:
          shop: {{service: postgres, host: "${{env:DB_HOST, {host}}}", port: {port}, database: {database}, schema: {schema}, credentials: shop_db}}
          lake: {{path: data/lake}}
          mart: {{service: postgres, host: {host}, port: {port}, database: {database}, schema: {schema}, credentials: shop_db}}
    """,  # noqa: E501
    "conf/local/credentials.yml": "shop_db: {{username: {username}, password: {quoted}}}\n",
    "conf/base/catalog.yml": """
        lake/orders:
          type: kedro_faucet.ResourceDataset
          save_args: {{mode: merge, key: id, audit: true}}
          incremental: {{cursor: changed_at}}
        mart/cities:
          type: kedro_faucet.ResourceDataset
          save_args: {{mode: merge, key: city}}
    """,
    "src/shop/pipeline_registry.py": """
        from kedro.framework.project import find_pipelines
        from kedro_faucet import pipelines

        def register_pipelines():
            cities = pipelines.sql("sql/cities.sql", {{"orders": "lake/orders"}}, "mart/cities")
            return {{"__default__": sum(find_pipelines(raise_errors=True).values()) + cities}}
    """,
    "src/shop/pipelines/__init__.py": "",
    "src/shop/sql/cities.sql": "select city, count(*) as orders, sum(amount) as amount from orders group by city",
}
TABLE = """
create table {schema}.orders (id bigint primary key, city text, amount numeric(12, 2), changed_at timestamptz not null);
insert into {schema}.orders select i, case when i % 2 = 0 then 'Ulm' else 'Köln' end, i * 0.01,
  timestamptz '2024-01-01 00:00+00' + i * interval '1 minute' from generate_series(1, 1000) i
"""


class Shop:
    """The project, its server, and all that its commands have written."""

    def __init__(self, root: Path, server: Any) -> None:
        self.schema, self.server, self.said = server.schema(), server, ""
        for text in TABLE.format(schema=self.schema).split(";"):
            server.sql(text)
        about = {name: getattr(server, name) for name in ("host", "port", "database", "username", "password")}
        about["quoted"] = json.dumps(server.password)
        self.root = make_project(root, {name: text.format(schema=self.schema, **about) for name, text in FILES.items()})

    def kedro(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command of Kedro's."""
        done = kedro(self.root, *words, env=env or None)
        self.said += done.stdout + done.stderr
        return done

    def run(self, *words: str) -> str:
        """Run a command that goes well."""
        done = self.kedro(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def shop(postgres: Any, tmp_path: Path) -> Shop:
    """A project on a database with a thousand orders."""
    return Shop(tmp_path / "shop", postgres)


def test_from_a_database_to_a_mart_and_nothing_tells_the_password(shop: Shop):
    """Tables are found, copied by increments, and results saved back; no file, message or error holds the password."""
    assert "shop      postgres" in shop.run("faucet", "check")
    assert "+ orders" in shop.run("faucet", "copy", "shop", "lake", "o*")
    shop.run("run")
    cities = f"select * from {shop.schema}.cities order by 1"
    assert [tuple(map(str, row)) for row in shop.server.sql(cities)] == [
        ("Köln", "500", "2500.00"), ("Ulm", "500", "2505.00"),
    ]  # fmt: skip
    shop.server.sql(f"insert into {shop.schema}.orders values (1001, 'Ulm', 5.00, '2024-02-01 00:00+00')")
    shop.run("run")
    assert [str(row[2]) for row in shop.server.sql(cities)] == ["2500.00", "2510.00"]
    shop.run("faucet", "resources")
    shop.run("faucet", "show", "providers")
    shop.run("faucet", "show", "catalog")

    wrong = shop.kedro("run", DB_HOST="127.0.0.2")
    assert wrong.returncode == 1
    shop.server.sql(f"alter table {shop.schema}.orders rename to orderz")
    gone = shop.kedro("run")
    assert "Did you mean 'orderz'?" in gone.stderr
    assert "Traceback" not in shop.said
    left = [file for file in shop.root.rglob("*") if file.is_file() and file.name != "credentials.yml"]
    assert len(left) > 10
    password = shop.server.password
    assert not [file for file in left if password.encode() in file.read_bytes()]
    assert password not in shop.said
