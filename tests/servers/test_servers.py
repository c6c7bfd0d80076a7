"""The servers of the tests are real: they refuse strangers, keep data over a crash, and break when they are told to."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest
from paramiko import SSHException

from servers.absent import REQUIRED
from servers.cut import Cut
from servers.hdfs import Hdfs
from servers.mariadb import MariaDB
from servers.postgres import Postgres
from servers.s3 import S3
from servers.sftp import Sftp
from servers.web import Switches, Web

pytestmark = pytest.mark.servers


@pytest.mark.parametrize("changes", [{"password": "wrong"}, {"user": "nobody"}, {"user": "root", "password": ""}])
@pytest.mark.parametrize("kind", ["postgres", "mariadb"])
def test_a_database_refuses_strangers(kind: str, changes: dict[str, str], request: pytest.FixtureRequest) -> None:
    """A wrong password and an unknown user are refused, whatever the server lets in elsewhere."""
    server = request.getfixturevalue(kind)
    with pytest.raises(Exception, match=r"authentication failed|Access denied|no password supplied"):
        server.connect(**changes)


@pytest.mark.parametrize("kind", ["postgres", "mariadb"])
def test_a_database_keeps_data_over_a_crash(kind: str, request: pytest.FixtureRequest) -> None:
    """What was committed before a kill -9 is there after the restart, at the same address."""
    server = request.getfixturevalue(kind)
    schema = server.schema()
    server.sql(f"create table {schema}.t (a int)")
    server.sql(f"insert into {schema}.t values (%s)", 7)
    server.kill9()
    with pytest.raises(Exception, match=r"refused|Can't connect"):
        server.connect()
    server.restart()
    assert server.sql(f"select a from {schema}.t") == [(7,)]


def test_a_paused_server_answers_later(postgres: Postgres) -> None:
    """A paused server takes a connection and is silent; it goes on when it may."""
    postgres.pause()
    with socket.create_connection((postgres.host, postgres.port), 0.3) as client:
        client.sendall(b"\0\0\0\x08\x04\xd2\x16\x2f")  # asks whether it speaks TLS
        with pytest.raises(TimeoutError):
            client.recv(1)
        postgres.resume()
        client.settimeout(10)
        assert client.recv(1) in b"NS"


def test_mariadb_loads_a_local_file(mariadb: MariaDB, tmp_path: Path) -> None:
    """LOAD DATA LOCAL reads a file of the client."""
    schema, path = mariadb.schema(), tmp_path / "a.txt"
    path.write_text("1\n2\n")
    mariadb.sql(f"create table {schema}.t (a int)")
    mariadb.sql(f"load data local infile '{path}' into table {schema}.t")
    assert mariadb.sql(f"select sum(a) from {schema}.t") == [(3,)]


def test_the_store_knows_who_may_what(s3: S3) -> None:
    """A wrong secret and an unknown key are refused; the reader reads, and may not write; a crash loses nothing."""
    from botocore.exceptions import ClientError

    bucket = s3.bucket()
    s3.client().put_object(Bucket=bucket, Key="a", Body=b"1")
    for changes in ({"aws_secret_access_key": "wrong"}, {"aws_access_key_id": "nobody"}):
        with pytest.raises(ClientError, match=r"SignatureDoesNotMatch|InvalidAccessKeyId"):
            s3.client(**changes).get_object(Bucket=bucket, Key="a")
    reader = s3.client(aws_access_key_id=s3.reader_key, aws_secret_access_key=s3.reader_secret)
    assert reader.get_object(Bucket=bucket, Key="a")["Body"].read() == b"1"
    with pytest.raises(ClientError, match="AccessDenied"):
        reader.put_object(Bucket=bucket, Key="b", Body=b"2")
    s3.kill9()
    s3.restart()
    assert reader.get_object(Bucket=bucket, Key="a")["Body"].read() == b"1"


def test_a_server_of_files_knows_its_user(sftp: Sftp) -> None:
    """A key that is not the user's is refused, no session outlives its server, and files are there after a crash."""
    session = sftp.client().open_sftp()
    session.mkdir(f"{sftp.directory()}/a")
    with pytest.raises(Exception, match="Authentication failed"):
        sftp.client(passphrase=None, key_filename=str(sftp.folder / "stranger"))
    sftp.restart()
    with pytest.raises((OSError, EOFError, SSHException)):
        session.listdir("/")
    folder = next(sftp.files.glob("*/a"))
    assert sftp.client().open_sftp().listdir(str(folder.parent)) == ["a"]


@pytest.mark.slow
@pytest.mark.spark
def test_hdfs_keeps_files_over_a_restart(hdfs: Hdfs) -> None:
    """A file is there after a restart of the cluster."""
    directory = hdfs.directory()
    hdfs.filesystem().pipe(f"{directory}/a", b"1")
    hdfs.restart()
    assert hdfs.filesystem().cat(f"{directory}/a") == b"1"


def test_pages_come_and_ranges_of_them(web: Web) -> None:
    """A file is served whole and by range, and what was asked for is known."""
    (web.folder / "a.csv").write_bytes(b"0123456789")
    (web.folder / "plain.csv").write_bytes(b"0123456789")
    web.switches["/plain.csv"] = Switches(ranges=False)
    assert [get(web, "/a.csv", part) for part in (None, "bytes=2-4", "bytes=-3")] == [b"0123456789", b"234", b"789"]
    assert get(web, "/plain.csv", "bytes=2-4") == b"0123456789"
    assert web.requests[1] == ("GET", "/a.csv", "bytes=2-4")


def test_pages_misbehave_as_told(web: Web) -> None:
    """States, passwords, redirects, silence and cut answers come as the switches say."""
    (web.folder / "a.csv").write_bytes(b"0123456789")
    web.switches = {
        "/500": Switches(status=500),
        "/secret": Switches(login=("me", "pass")),
        "/moved": Switches(redirect=f"{web.url}/a.csv"),
        "/silent": Switches(silent=True),
    }
    for path, status in {"/500": 500, "/secret": 401, "/nope": 404}.items():
        with pytest.raises(urllib.error.HTTPError, match=str(status)):
            get(web, path)
    assert get(web, "/moved") == b"0123456789"
    with pytest.raises(TimeoutError):
        get(web, "/silent")
    web.switches = {"/a.csv": Switches(cut=4)}
    with pytest.raises(Exception, match="IncompleteRead"):
        get(web, "/a.csv")


@pytest.mark.parametrize("how", ["cut", "stall"])
def test_a_connection_breaks_after_so_many_bytes(how: str, web: Web) -> None:
    """The proxy passes all, then breaks at the byte that it was told, by a reset or by silence, and heals."""
    (web.folder / "a.csv").write_bytes(b"x" * 1_000_000)
    with Cut(web.port, how=how) as proxy:
        url = f"http://{proxy.host}:{proxy.port}/a.csv"
        assert len(urllib.request.urlopen(url, timeout=5).read()) == 1_000_000
        proxy.after = proxy.passed + 500_000
        with pytest.raises((OSError, TimeoutError), match=r"reset|timed out"):
            urllib.request.urlopen(url, timeout=0.5).read()
        assert proxy.broken
        proxy.heal()
        assert len(urllib.request.urlopen(url, timeout=5).read()) == 1_000_000


@pytest.mark.parametrize("required", [False, True])
def test_an_absent_server_is_skipped_loudly(required: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test without its server is skipped, and a line at the end says what to install; it fails where required."""
    monkeypatch.setenv(REQUIRED, "1" if required else "")
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["servers.fixtures"]\n')
    (tmp_path / "test_it.py").write_text("def test_it(mariadb, monkeypatch):\n    raise AssertionError\n")
    code = "import sys, pytest, servers.mariadb as m; m.shutil.which = lambda *_, **__: None; sys.exit(pytest.main())"
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == (1 if required else 0)
    assert "MARIADB IS NOT TESTED: the program mariadbd was not found (Debian: apt-get install" in done.stdout
    assert ("1 error" if required else "not tested on this machine") in done.stdout


def test_a_server_ends_with_killed_tests(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the process that started a server is killed, the server ends, and its folder goes."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    code = (
        "from servers.postgres import *\nwith Postgres() as it: print(it.process.pid, it.folder, flush=True); input()"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", code], **pipes) as tests:  # type: ignore[call-overload]
        pid, folder = tests.stdout.readline().split()
        assert psutil.pid_exists(int(pid))
        tests.kill()
    end = time.monotonic() + 20
    while (psutil.pid_exists(int(pid)) or Path(folder).exists()) and time.monotonic() < end:
        time.sleep(0.05)
    assert not psutil.pid_exists(int(pid))
    assert not Path(folder).exists()


def get(web: Web, path: str, span: str | None = None) -> bytes:
    """Get a page, or the part of it."""
    request = urllib.request.Request(web.url + path, headers={"Range": span} if span else {})
    with urllib.request.urlopen(request, timeout=0.5) as answer:
        return bytes(answer.read())
