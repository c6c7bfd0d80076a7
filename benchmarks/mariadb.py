"""MariaDB to Arrow and Delta, and back, against ConnectorX and LOAD DATA alone, on a server of the tests'.

python benchmarks/mariadb.py [rows] [rounds]

As `databases.py`: each program runs in a process of its own, in turn with the others, without what it takes to start.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Callable
from urllib.parse import quote

from databases import SAVES, Bench, child, measured, show

COLUMNS = """
id bigint, name longtext character set utf8mb4, grp int, val double, amount decimal(12,2), loaded_at datetime(6),
day date, ok tinyint(1)
"""
ROWS = """
select seq, concat('name ', seq % 1000), seq % 100, seq / 3e0, seq * 1.01,
  timestamp '2020-01-01 00:00:00' + interval seq second, date '2020-01-01' + interval (seq % 365) day, seq % 2 = 0
from seq_0_to_{last}
"""
_TEXTS = "format csv, header false, delimiter '\t', quote '', escape '', nullstr '\\N'"


def connectorx(bench: Bench) -> None:
    """Read all rows as ConnectorX gives them, and keep none."""
    import connectorx as cx

    rows = cx.read_sql(bench.where["uri"], "select * from source", return_type="arrow_stream", batch_size=10_000)
    bench.count(sum(batch.num_rows for batch in rows))


def drained(bench: Bench) -> None:
    """Read all rows of the resource, and keep none."""
    with bench.engine.batches(bench.table("source").load()) as rows:
        bench.count(sum(batch.num_rows for batch in rows))


def to_delta(bench: Bench) -> None:
    """Load the table and save it to Delta."""
    bench.delta(tempfile.mkdtemp(dir=bench.where["folder"]) + "/t").save(bench.table("source").load())


def load_data(bench: Bench) -> None:
    """Load the text that DuckDB writes of Delta's files into a new table, through a pipe."""
    import pymysql

    pipe = tempfile.mkdtemp(dir=bench.where["folder"]) + "/rows"
    os.mkfifo(pipe)
    rows = bench.delta(bench.where["delta"]).load().project("* replace (ok::tinyint as ok)")
    given = {**bench.where["login"], "local_infile": True, "charset": "utf8mb4"}
    with pymysql.connect(**given) as connection, connection.cursor() as cursor:
        cursor.execute("drop table if exists alone")
        cursor.execute(f"create table alone ({COLUMNS})")
        writing = threading.Thread(target=lambda: bench.engine.connection.sql(_copy(pipe)))
        rows.create_view("rows_of")
        writing.start()
        cursor.execute(f"load data local infile '{pipe}' into table alone character set utf8mb4")
        writing.join()
        connection.commit()


def _copy(path: str) -> str:
    return f"copy (from rows_of) to '{path}' ({_TEXTS})"


PROGRAMS: dict[str, Callable[[Bench], None]] = {
    "MariaDB to Arrow: ConnectorX": connectorx,
    "MariaDB to Arrow": drained,
    "MariaDB to Delta": to_delta,
    "Delta to MariaDB: LOAD DATA alone, new table": load_data,
    **SAVES,
}
BEFORE = {
    "Delta to a new table": "drop table if exists fresh",
    "overwrite": f"drop table if exists kept; create table kept ({COLUMNS}); insert into kept select * from source",
    "merge, new table": "drop table if exists merged",
}


def main(rows: int, rounds: int) -> None:
    """Run all programs in turn, and print a table of medians."""
    from servers.mariadb import MariaDB

    with tempfile.TemporaryDirectory() as folder, MariaDB() as server:
        login = {"username": server.username, "password": server.password}
        service = {"service": "mariadb", "host": server.host, "port": server.port, "database": server.database}
        password = quote(server.password, safe="")
        uri = f"mysql://{server.username}:{password}@{server.host}:{server.port}/{server.database}?ssl-mode=DISABLED"
        where = {
            "service": service,
            "credentials": login,
            "uri": uri,
            "folder": folder,
            "delta": f"{folder}/source",
            "login": {**login, "host": server.host, "port": server.port, "database": server.database},
            "rows": rows,
        }
        where["login"]["user"] = where["login"].pop("username")
        server.sql(f"create table source ({COLUMNS})")
        server.sql("insert into source " + ROWS.format(last=rows - 1))
        bench = Bench(where)
        bench.delta(where["delta"]).save(bench.table("source").load())
        found = measured(__file__, PROGRAMS, lambda name: BEFORE.get(name, ""), server.sql, where, rounds)
    show(rows, found, lambda name: list(PROGRAMS)[0 if "MariaDB to" in name and "Delta to M" not in name else 3])


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(PROGRAMS, *sys.argv[2:])
    else:
        main(int((sys.argv[1:] or ["1000000"])[0]), int((sys.argv[2:] or ["3"])[0]))
