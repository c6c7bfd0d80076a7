"""`kedro faucet scaffold` in a real project, on a real database and on a folder of files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from projects import ENVIRONMENT, kedro, make_project

FILES = {
    "src/shop/pipeline_registry.py": """
        from kedro.framework.project import find_pipelines

        def register_pipelines():
            return {**(found := find_pipelines(raise_errors=True)), "__default__": sum(found.values())}
    """,
    "src/shop/pipelines/__init__.py": "",
    "conf/base/catalog.yml": "# Only what needs more than its provider says.\n",
    "commands.py": """
        # Runs commands one after another in one process, and the pipelines that they name in between.
        import json, sys
        from pathlib import Path

        from click.testing import CliRunner
        from kedro.framework.session import KedroSession
        from kedro.framework.startup import bootstrap_project
        from kedro_faucet.cli import faucet

        said = []
        for words, pipeline in json.loads(sys.argv[1]):
            project = bootstrap_project(Path.cwd())
            done = CliRunner().invoke(faucet, words.split(), obj=project)
            said.append([done.exit_code, done.output])
            if pipeline and not done.exit_code:
                bootstrap_project(Path.cwd())
                with KedroSession.create(project_path=Path.cwd()) as session:
                    session.run(pipeline_names=[pipeline])
        print("\\n" + json.dumps(said))
    """,
}
SERVED = """
    # Where data live.
    providers:
      shop: {{service: postgres, host: {host}, port: {port}, database: {database}, schema: {schema}, credentials: db}}
      lake: {{path: data/lake}}
"""
TABLES = """
create table countries (code char(2) primary key, name text not null);
create table departments (id int primary key, manager_id int);
create table employees (id int primary key, boss_id int references employees, department_id int references departments);
alter table departments add foreign key (manager_id) references employees;
create table customers (id bigint primary key, email text unique, country char(2) references countries,
  created_at timestamptz not null default '2024-01-01');
create table products (id uuid primary key, title text, price numeric(10, 2), labels text[]);
create table tags (id int primary key, label text);
create table product_tags (product_id uuid references products, tag_id int references tags,
  primary key (product_id, tag_id));
create table orders (id bigint primary key, customer_id bigint not null references customers,
  employee_id int references employees, ordered_at timestamptz not null, shipped_on date, freight numeric(9, 2),
  ship_country char(2) references countries, bill_country char(2) references countries);
create table "Order Details" (order_id bigint references orders, "Line No" int, product_id uuid references products,
  "Größe (cm)" int, quantity int, primary key (order_id, "Line No"));
create table returns (order_id bigint, line int, said text,
  foreign key (order_id, line) references "Order Details" (order_id, "Line No"));
create view large_orders as select * from orders where freight > 10;
insert into countries values ('DE', 'Germany'), ('FR', 'France');
insert into customers (id, country) select i, case i % 3 when 0 then 'DE' when 1 then 'FR' end
  from generate_series(1, 20) i;
insert into departments values (1, null), (2, null);
insert into employees values (1, null, 1), (2, 1, 2);
update departments set manager_id = id;
insert into products select md5(i::text)::uuid, 'p' || i, i * 1.5, array['a', 'b'] from generate_series(1, 5) i;
insert into product_tags select id, 1 from products where false;
insert into orders select i, 1 + i % 20, case when i % 2 = 0 then 1 end,
  timestamptz '2024-01-01 00:00+00' + i * interval '1 day', '2024-02-01', i, 'DE', 'FR' from generate_series(1, 100) i;
insert into "Order Details" select 1 + i % 100, i, md5((1 + i % 5)::text)::uuid, 9, i % 7
  from generate_series(1, 300) i;
insert into returns select 5, 4, null from generate_series(1, 2)
"""


def run(root: Path, *words: str) -> str:
    """What a module of Python writes that goes well in a project."""
    command = [sys.executable, "-m", *words]
    done = subprocess.run(command, cwd=root, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def commands(root: Path, asked: list[tuple[str, str]]) -> list[tuple[int, str]]:
    """What commands of ours say in a project, with their exit codes; after each the pipeline that it names runs."""
    return json.loads(run(root, "commands", json.dumps(asked)).splitlines()[-1])


@pytest.fixture
def shop(postgres: Any, tmp_path: Path) -> Path:
    """An empty project, and a database of ten related tables, one without a key, and a view."""
    schema = postgres.schema()
    with postgres.connect() as connection:
        connection.execute(f"set search_path to {schema}")
        connection.execute(TABLES)
    about = {name: getattr(postgres, name) for name in ("host", "port", "database")}
    login = {"username": postgres.username, "password": postgres.password}
    files = {
        "conf/base/providers.yml": SERVED.format(schema=schema, **about),
        "conf/local/credentials.yml": json.dumps({"db": login}),
    }
    return make_project(tmp_path / "shop", {**FILES, **files})


@pytest.mark.slow
@pytest.mark.servers
def test_one_command_makes_of_ten_tables_a_star_that_runs_and_is_tested(shop: Path):
    """What is declared becomes dimensions with histories and facts; what nobody can tell is said, and the rest runs."""
    done = kedro(shop, "faucet", "scaffold", "shop")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "shop: 10 tables, 8 dimensions, 3 facts" in done.stdout
    assert "large_orders: left out: it is a view." in done.stdout
    schema = (shop / "src/shop/pipelines/star_shop/schema.py").read_text()
    for text in (
        'Dimension("country", source="lake/countries", key="code")',
        'Dimension("order_detail", source="lake/Order Details", key=["order_id", "line_no"])',
        '"ship_country": Role("country", "ship_country")',
        'grain=["product_id", "tag_id"]',
        "boss_id names another row of the table itself",
        "It is taken to happen at ordered_at; it might be shipped_on.",
        "# returns is in no star: it has no key (counted: 2 rows).",
    ):
        assert text in schema
    tags = "lake/tags:\n  type: kedro_faucet.HistoryDataset\n  provider: lake\n  key: id\n  allow_empty: true\n"
    assert tags in (shop / "conf/base/catalog_shop.yml").read_text()
    assert "# Where data live.\n" in (shop / "conf/base/providers.yml").read_text()
    run(shop, "kedro", "run")
    run(shop, "pytest", "-q", "tests")
    run(shop, "ruff", "check", "--isolated", "--line-length=120", "src/shop/pipelines", "tests")
    run(shop, "ruff", "format", "--isolated", "--line-length=120", "--check", "src/shop/pipelines", "tests")


RAW = {
    "conf/base/providers.yml": """
        providers:
          raw: {path: data/raw, format: csv}
          memo: {path: data/memo, format: csv}
          lake: {path: data/lake}
    """,
    "data/raw/customers.csv": "id,name,city\n7,Ada,Ulm\n8,Bob,Ulm\n",
    "data/raw/orders/2024-01.csv": "id,customer_id,ordered_on,total\n1,7,2024-01-05,2.5\n2,9,2024-01-06,3.5\n",
    "data/raw/orders/2024-02.csv": "id,customer_id,ordered_on,total\n3,8,2024-02-05,2.5\n",
    "data/raw/notes.csv": "said\nyes\nyes\n",
}


def test_files_are_scaffolded_by_what_is_counted_and_nothing_is_overwritten(tmp_path: Path):
    """A dry run prints all and writes nothing; then files are there, types declared, and are not written again."""
    copies = "from kedro_faucet import pipelines\n\ndef create_pipeline():\n    return "
    copied = {
        "data/memo/words.csv": "word\nyes\n",
        "src/shop/pipelines/words/__init__.py": f'{copies}pipelines.copy("memo", "lake", ["words"])\n',
    }
    root = make_project(tmp_path, {**FILES, **RAW, **copied})
    (_, dry), (code, _), (refused, again), (_, nothing) = commands(
        root, [("scaffold raw --dry-run", ""), ("scaffold raw", ""), ("scaffold raw", ""), ("scaffold memo", "")]
    )
    assert "the project copies the tables of 'memo' already (copy_lake_words), and none names another" in nothing
    assert "# customer_id: 2 of 3 rows find customers.id.\n" in dry
    assert 'dimensions={"customer": "customer_id", "ordered_on": Role("date", "ordered_on")},' in dry
    assert "Would write star into conf/base/providers.yml" in dry
    assert (code, refused) == (0, 1)
    catalog = (root / "conf/base/catalog_raw.yml").read_text()
    assert "  path: orders/*.csv\n" in catalog
    assert "{id: BIGINT, customer_id: BIGINT, ordered_on: DATE, total: DOUBLE}" in catalog
    assert "There is a pipeline 'ingest_raw' already" in again
