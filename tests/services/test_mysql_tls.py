"""Encrypted connections to MariaDB, by a certificate that somebody signed whom nobody else knows."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from databases import mariadb
from servers.absent import absent
from servers.fixtures import serve
from servers.mariadb import MariaDB

from kedro_faucet import engines
from kedro_faucet.exceptions import FaucetError
from kedro_faucet.services import open_service

pytestmark = pytest.mark.servers
SIGNED = """
req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=ca
req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.pem -days 2 -subj /CN=other
req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost
x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 -extfile names
"""


class Encrypted(MariaDB):
    """A server with a certificate of the name localhost."""

    def prepare(self) -> None:
        """Sign the certificate too."""
        super().prepare()
        (self.folder / "names").write_text("subjectAltName=DNS:localhost")
        for line in filter(None, SIGNED.splitlines()):
            subprocess.run(["openssl", *line.split()], cwd=self.folder, check=True, capture_output=True)

    def command(self) -> list[str]:
        """Name the certificate too."""
        names = {"ssl-ca": "ca.pem", "ssl-cert": "server.pem", "ssl-key": "server.key"}
        return [*super().command(), *(f"--{name}={self.folder}/{file}" for name, file in names.items())]


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    """A server with a user who must come encrypted."""
    if not shutil.which("openssl"):
        absent("encryption of MariaDB", "the program openssl was not found (Debian: apt-get install openssl)")
    for each in serve(Encrypted):
        each.sql("create user careful@'%' identified by 'x' require ssl")
        each.sql("grant all on *.* to careful@'%'")
        yield each


def test_a_connection_is_as_secure_as_it_is_asked_to_be(server: Any) -> None:
    """What is read and saved goes encrypted, also where the certificate's signer and name are looked at."""
    place, engine = mariadb.place(server), engines.connect()
    ca = str(server.folder / "ca.pem")
    for said in ({}, {"ssl_mode": "required"}, {"ssl_mode": "verify_ca", "ssl_ca": ca},
                 {"ssl_mode": "verify_identity", "ssl_ca": ca, "host": "localhost"}):  # fmt: skip
        careful = {"service": {**place.settings, **said}, "credentials": {"username": "careful", "password": "x"}}
        resource = place.resource(engine, **careful)
        resource.save(engine.sql("select 1 as id"))
        assert engine.rows(resource.load()) == [(1,)]
    plain = place.resource(engine, service={**place.settings, "ssl_mode": "disabled"})
    query = "select variable_value as v from information_schema.session_status where variable_name = 'ssl_cipher'"
    for mode, is_encrypted in (("disabled", False), ("required", True)):
        service = {**place.settings, "ssl_mode": mode}
        found = place.resource(engine, service=service, load_args={"query": query}).load()
        assert bool(engine.rows(found)[0][0]) == is_encrypted
    assert engine.rows(plain.load()) == [(1,)]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"ssl_mode": "verify_ca", "ssl_ca": "{}/other.pem"}, "self-signed certificate"),
        ({"ssl_mode": "verify_ca"}, "self-signed certificate"),
        ({"ssl_mode": "verify_identity", "ssl_ca": "{}/ca.pem"}, "IP address mismatch"),
    ],
)
def test_a_certificate_of_another_is_refused(server: Any, said: dict[str, str], why: str) -> None:
    """A certificate of an unknown signer, or of another host, is refused at once, with what to correct."""
    place = mariadb.place(server)
    settings = {**place.settings, **{name: value.format(server.folder) for name, value in said.items()}}
    with pytest.raises(FaucetError, match=rf"connection fails \(.*{why}.*\): correct ssl_mode: and ssl_ca:"):
        open_service(settings, place.credentials).check()


def test_what_cannot_be_encrypted_is_told(mariadb: Any) -> None:
    """A server without encryption is refused where that is asked for; so is a file of certificates there is not."""
    settings = {"service": "mariadb", "host": mariadb.host, "port": mariadb.port, "database": mariadb.database}
    login = {"username": mariadb.username, "password": mariadb.password}
    with pytest.raises(FaucetError, match=r"the encrypted connection fails .*: correct ssl_mode:"):
        open_service({**settings, "ssl_mode": "required"}, login).check()
    with pytest.raises(FaucetError, match=r"There is no file no\.pem: correct ssl_ca:"):
        open_service({**settings, "ssl_mode": "verify_ca", "ssl_ca": "no.pem"}, login).check()
