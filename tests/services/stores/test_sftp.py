"""SFTP: who is not known is refused, what goes wrong is told, and a save replaces a file whole or not at all."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from kedro.io import DataCatalog, DatasetError
from servers.cut import Cut
from stores import Provider, sftp_provider

from kedro_faucet import engines
from kedro_faucet.config.origin import Fault
from kedro_faucet.config.providers import Setting, expand, read_providers
from kedro_faucet.exceptions import FaucetError, ResourceError

DUCKDB = engines.connect({"type": "duckdb"})
ONE = "select 1 as n"


@pytest.fixture
def lake(sftp: Any) -> Provider:
    """A provider in a directory of its own."""
    return sftp_provider(sftp)


def refusals(provider: Provider) -> list[str]:
    """Return what is said of a load, a save and a check."""
    resource, said = provider.resource("t.csv", DUCKDB), []
    for act in (resource.load, lambda: resource.save(DUCKDB.sql(ONE)), provider.opened().check):
        with pytest.raises((DatasetError, ResourceError)) as error:
            act()
        said.append(str(error.value.__cause__ or error.value))
    return said


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"port": 9}, "does not answer: start it, or correct host: and port: in providers.yml"),
        ({"host": "nowhere.invalid"}, "does not answer: start it, or correct host: and port: in providers.yml"),
        (
            {"username": "nobody"},
            "does not accept the entry lake of credentials.yml: correct username:, password: or key",
        ),
        (
            {"key_filename": "{folder}/stranger", "passphrase": None},
            "does not accept the entry lake of credentials.yml",
        ),
        (
            {"key_filename": "{folder}/no"},
            "There is no private key {folder}/no: correct key_filename: in credentials.yml",
        ),
        ({"passphrase": None}, "is no private key, or needs passphrase: beside key_filename: in credentials.yml"),
        ({"passphrase": "wrong"}, "is no private key, or its passphrase: in credentials.yml is not right"),
        (
            {"known_hosts": "{folder}/no"},
            "Compare it with what its owner says, then add it: ssh-keyscan -p {port} {host} >>",
        ),
        (
            {"path": "/root/x"},
            "may not be read or written by the entry lake of credentials.yml: ask for the right to it",
        ),
    ],
    ids=["refused", "unknown host", "user", "key", "no key", "no passphrase", "passphrase", "host key", "right"],
)
def test_what_goes_wrong_is_one_sentence(sftp: Any, changes: dict[str, Any], told: str) -> None:
    """A load, a save and a check say the same: what is wrong, where, and what to do; never the passphrase."""
    facts = {"folder": sftp.folder, "port": sftp.port, "host": sftp.host}
    changes = {name: value.format(**facts) if isinstance(value, str) else value for name, value in changes.items()}
    for said in refusals(sftp_provider(sftp, changes.pop("path", ""), **changes)):
        assert told.format(**facts) in said
        assert sftp.passphrase not in said
        assert "\n" not in said


def test_another_host_key_is_refused(sftp: Any, tmp_path: Path) -> None:
    """A server that shows another key than it is known by is not spoken to, and which key it shows is told."""
    file = tmp_path / "known_hosts"
    file.write_text(f"[{sftp.host}]:{sftp.port} {(sftp.folder / 'stranger.pub').read_text()}")
    for said in refusals(sftp_provider(sftp, known_hosts=str(file))):
        assert "shows another host key (ssh-ed25519 SHA256:" in said
        assert f"ssh-keygen -R '[{sftp.host}]:{sftp.port}' -f {file}" in said


def test_known_hosts_lie_in_the_project(sftp: Any, tmp_path: Path) -> None:
    """A relative file of known hosts is below the project's folder."""
    (tmp_path / "hosts").write_bytes(sftp.known_hosts.read_bytes())
    provider = sftp_provider(sftp, known_hosts="hosts")
    assert provider.opened().below(tmp_path).opened(provider.credentials).resources() == []


@pytest.mark.parametrize("password", ["right", "wrong"])
def test_a_password_opens(s3: Any, password: str) -> None:
    """A server that wants a password is read and written with the right one; the wrong one is told and not repeated."""
    settings = {"path": "/ada", "host": s3.host, "port": s3.sftp_port, "known_hosts": f"{s3.folder}/known_hosts"}
    given = s3.password if password == "right" else "wr0ng pass"
    credentials = {"username": s3.username, "password": given}
    provider = Provider({"service": "sftp", "credentials": "lake", **settings}, credentials)
    if password == "right":
        for n in (1, 2):
            provider.resource("a/t.csv", DUCKDB).save(DUCKDB.sql(f"select {n} as n"))
            assert DUCKDB.rows(provider.resource("a/t.csv", DUCKDB).load()) == [(n,)]
        assert provider.names() == ["a/t.csv"]
    else:
        for said in refusals(provider):
            assert "does not accept the entry lake of credentials.yml" in said
            assert given not in said


def test_a_silent_server_is_told_within_ten_seconds(sftp: Any) -> None:
    """A server that takes a connection and says nothing keeps nobody waiting."""
    sftp.pause()
    with pytest.raises(ResourceError, match="does not answer"):
        sftp_provider(sftp).opened().check()


@pytest.mark.parametrize("settings", [{"path": "exports"}, {"format": "delta"}, {"prot": 22}])
def test_settings_that_cannot_be_are_refused(settings: dict[str, Any]) -> None:
    """A relative path, Delta and an unknown key are refused before anything is asked of the server."""
    given = {"service": "sftp", "path": "/x", "host": "files.example.org", **settings}
    with pytest.raises(Fault, match=next(iter(settings))):
        read_providers({"partner": given})


def test_modes_of_a_file(lake: Provider) -> None:
    """A file is replaced, or left, or made where there is none; rows are not added to one, and Delta is not there."""

    def save(text: str, path: str = "t.csv", **save_args: Any) -> list[tuple[Any, ...]]:
        resource = lake.resource(path, DUCKDB, save_args=save_args)
        resource.save(DUCKDB.sql(text))
        return DUCKDB.rows(resource.load())

    assert save("select 1 as n", mode="append") == [(1,)]
    assert save("select 2 as n", mode="ignore") == [(1,)]
    assert save("select 3 as n") == [(3,)]
    for mode, told in (("append", "give the resource another provider:"), ("error", "exists already")):
        with pytest.raises(DatasetError, match=told):
            save("select 4 as n", mode=mode)
    with pytest.raises(DatasetError, match="cannot be there, as SFTP compares nothing before it replaces: give the"):
        save(ONE, "t")
    assert DUCKDB.rows(lake.resource("t.csv", DUCKDB).load()) == [(3,)]
    assert lake.names() == ["t.csv"]


def test_saves_in_one_second_are_told_apart(lake: Provider) -> None:
    """As a server tells times in seconds, a save of the same size in the same second is made younger."""
    for n in range(4):
        lake.put("t.csv", f"n\n{n}\n".encode())
        loaded = lake.opened().find(lake.opened().locate("t.csv").partition("://")[2])
        lake.put("t.csv", f"n\n{n + 5}\n".encode())
        with pytest.raises(ResourceError, match="has changed since it was loaded: load it again"):
            lake.opened().read(loaded.key, loaded.mark, 0, loaded.size)
        assert DUCKDB.rows(lake.resource("t.csv", DUCKDB).load()) == [(n + 5,)]


def test_a_server_that_replaces_nothing_is_told(sftp: Any, lake: Provider) -> None:
    """Where a server cannot rename onto a file in one step, the file stays, and that is said; a new one is put."""
    lake.put("old.csv", b"n\n1\n")
    sftp.without = ["posix-rename"]
    sftp.restart()
    try:
        with pytest.raises(DatasetError, match=r"as it lacks posix-rename@openssh\.com: remove the file there first"):
            lake.resource("old.csv", DUCKDB).save(DUCKDB.sql("select 2 as n"))
        lake.resource("new.csv", DUCKDB).save(DUCKDB.sql(ONE))
        assert DUCKDB.rows(lake.resource("old.csv", DUCKDB).load()) == [(1,)]
        assert lake.names() == ["new.csv", "old.csv"]
    finally:
        sftp.without = []
        sftp.restart()


def test_what_may_not_be_listed_is_told(sftp: Any, lake: Provider) -> None:
    """A folder that may not be read is told: its files are never left out in silence."""
    lake.put("in/a.csv", b"n\n1\n")
    folder = Path(lake.settings["path"], "in")
    folder.chmod(0o000)
    try:
        if os.getuid() and os.access(folder, os.R_OK):
            pytest.skip("this user may read everything")
        with pytest.raises(DatasetError, match=r"/in may not be read or written by the entry lake"):
            lake.resource("**/*.csv", DUCKDB).load()
    finally:
        folder.chmod(0o755)


def test_a_folder_to_drop_files_in_is_written(lake: Provider) -> None:
    """Where files may be put and nothing listed, a save puts its file and is no failure."""
    folder = Path(lake.settings["path"])
    folder.chmod(0o300)
    try:
        lake.resource("t.csv", DUCKDB).save(DUCKDB.sql(ONE))
    finally:
        folder.chmod(0o755)
    assert lake.names() == ["t.csv"]


def test_links_are_what_they_lead_to(lake: Provider) -> None:
    """A link is read as the file that it leads to; one that leads nowhere is no file."""
    lake.put("a/x.csv", b"n\n1\n2\n3\n")
    folder = Path(lake.settings["path"])
    (folder / "linked.csv").symlink_to(folder / "a" / "x.csv")
    (folder / "lost.csv").symlink_to(folder / "nowhere.csv")
    assert sorted(DUCKDB.rows(lake.resource("*.csv", DUCKDB).load())) == [(1,), (2,), (3,)]


def test_a_server_that_is_killed_and_started_again(sftp: Any, lake: Provider) -> None:
    """A save meanwhile is refused; afterwards the connection is made anew, and what was saved is there."""
    resource = lake.resource("t.parquet", DUCKDB)
    resource.save(DUCKDB.sql(ONE))
    sftp.kill9()
    with pytest.raises(DatasetError, match="does not answer"):
        resource.save(DUCKDB.sql("select 2 as n"))
    sftp.start()
    assert DUCKDB.rows(resource.load()) == [(1,)]
    resource.save(DUCKDB.sql("select 3 as n"))
    assert DUCKDB.rows(resource.load()) == [(3,)]


@pytest.mark.parametrize("act", ["read", "write"])
def test_a_connection_that_is_cut(sftp: Any, lake: Provider, act: str, tmp_path: Path) -> None:
    """A connection that breaks in the middle gives an error or all rows, never some; a file stays as it was."""
    text = "select count(s), sum(n) from t"
    rows = DUCKDB.sql("select range as n, md5(range::text) as s from range(200000)", portable=False)
    lake.resource("t.parquet", DUCKDB).save(rows)
    with Cut(sftp.port) as proxy:
        hosts = tmp_path / "known_hosts"
        hosts.write_text(sftp.known_hosts.read_text().replace(str(sftp.port), str(proxy.port)))
        through = sftp_provider(sftp, lake.settings["path"], port=proxy.port, known_hosts=str(hosts))
        resource = through.resource("t.parquet", DUCKDB)
        assert resource.exists()
        proxy.after = proxy.passed + (100_000 if act == "read" else 5_000)
        with pytest.raises((FaucetError, DatasetError), match="does not answer"):
            resource.save(rows) if act == "write" else DUCKDB.rows(DUCKDB.sql(text, t=resource.load()))
        proxy.heal()
        assert DUCKDB.rows(DUCKDB.sql(text, t=resource.load())) == [(200_000, 19999900000)]


def test_many_threads_share_a_connection(lake: Provider) -> None:
    """Many files are read at once by the threads of an engine, none of them torn."""
    for part in range(12):
        lake.put(f"in/{part}.csv", b"n\n" + b"".join(b"%d\n" % n for n in range(5000)))
    table = lake.resource("in/*.csv", DUCKDB).load()
    assert DUCKDB.rows(DUCKDB.sql("select count(*), sum(n) from t", t=table)) == [(60000, 149970000)]


def test_no_secret_shows(lake: Provider, caplog: pytest.LogCaptureFixture) -> None:
    """Neither a printout of a dataset, its service or its address has the passphrase, nor a log line."""
    with caplog.at_level(logging.DEBUG):
        resource = lake.resource("t.csv", DUCKDB)
        resource.save(DUCKDB.sql(ONE))
        shown = [repr(resource), repr(lake.opened()), resource.location, str(resource.load())]
    for text in [*shown, yaml.dump(resource._describe()), caplog.text]:
        assert lake.credentials["passphrase"] not in text


def test_any_dataset_of_kedro_may_name_the_provider(lake: Provider, tmp_path: Path) -> None:
    """A dataset of Kedro's gets URL and credentials, and reaches a server that is known alone."""
    entries = {"summary": {"type": "pandas.ParquetDataset", "provider": "lake", "path": "a/summary.parquet"}}

    def catalog(**changes: str) -> DataCatalog:
        setting = Setting(read_providers({"lake": {**lake.settings, **changes}}), {"type": "duckdb"}, None, "base")
        return DataCatalog.from_config(expand(entries, setting), {"lake": lake.credentials})

    catalog().save("summary", pd.DataFrame({"n": [1]}))
    assert catalog().load("summary").n.tolist() == [1]
    assert DUCKDB.rows(lake.resource("a/summary.parquet", DUCKDB).load()) == [(1,)]
    assert lake.credentials["passphrase"] not in repr(catalog())
    with pytest.raises(DatasetError, match="is not known: its host key"):
        catalog(known_hosts=str(tmp_path / "none")).load("summary")
