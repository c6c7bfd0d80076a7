"""Encryption on the way to MySQL, as its own clients name it, in the words of each driver."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, TypeAlias
from urllib.parse import quote

from kedro_faucet.exceptions import ResourceError

Mode: TypeAlias = Literal["disabled", "preferred", "required", "verify_ca", "verify_identity"]


def for_pymysql(mode: Mode, ca: str | None) -> dict[str, Any]:
    """Return what PyMySQL's connection is given.

    >>> for_pymysql("required", None)
    {'ssl': {'check_hostname': False, 'verify_mode': 'none'}}

    Raises:
        ResourceError: if there is no file of certificates.
    """
    if ca and not Path(ca).is_file():
        raise ResourceError(f"There is no file {ca}: correct ssl_ca: in providers.yml.")
    if mode in ("disabled", "preferred"):
        return {"ssl_disabled": True} if mode == "disabled" else {}
    verified = {"verify_mode": "none" if mode == "required" else "required"}
    return {"ssl": {**({"ca": ca} if ca else {}), "check_hostname": mode == "verify_identity", **verified}}


def for_connectorx(mode: Mode, ca: str | None, *, is_offered: bool) -> str:
    """Return what ends the address for ConnectorX, to which a server is known that offers encryption, or does not.

    >>> for_connectorx("verify_ca", "ca.pem", is_offered=True)
    'ssl-mode=VERIFY_CA&prefer_socket=false&ssl-ca=ca.pem'
    >>> for_connectorx("preferred", None, is_offered=False)
    'ssl-mode=DISABLED'
    """
    if mode in ("disabled", "preferred"):
        return f"ssl-mode={'REQUIRED' if mode == 'preferred' and is_offered else 'DISABLED'}"
    # Of a server on this machine it would go by way of a socket, which is not encrypted.
    return f"ssl-mode={mode.upper()}&prefer_socket=false" + (f"&ssl-ca={quote(ca, safe='/')}" if ca else "")


def for_sqlalchemy(mode: Mode, ca: str | None) -> dict[str, str]:
    """Return what the address for SQLAlchemy says.

    >>> for_sqlalchemy("verify_identity", "ca.pem")
    {'ssl_check_hostname': 'true', 'ssl_ca': 'ca.pem'}
    """
    if mode in ("disabled", "preferred"):
        return {"ssl_disabled": "true"} if mode == "disabled" else {}
    return {"ssl_check_hostname": str(mode == "verify_identity").lower(), **({"ssl_ca": ca} if ca else {})}
