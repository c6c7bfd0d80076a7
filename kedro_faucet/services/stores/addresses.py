"""Addresses of objects within this process: URLs whose scheme also tells by which provider's credentials.

``s3-kf1://lake/shop/orders.csv`` is what one provider calls ``s3://lake/shop/orders.csv``; with a mark before the path,
as in ``s3-kf1://~e5eb6/lake/shop/orders.csv``, it is that object as it was when it had this mark. A message shows
neither (see ``kedro_faucet.exceptions``), so that an address may be handed around as any path is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from kedro_faucet.exceptions import ADDRESS, ResourceError

if TYPE_CHECKING:
    from kedro_faucet.services.stores.store import Object, Store

_ADDRESS = re.compile(r"([a-z0-9]{1,9}-kf[0-9]+)://(?:~([0-9a-z]+)/)?(.*)", re.DOTALL)
_PROTOCOLS = re.compile(r"[a-z0-9]{1,9}-kf[0-9]+(?=://)")
_stores: dict[str, Store] = {}
_numbers: dict[tuple[str, ...], int] = {}


class Address(NamedTuple):
    """An address, taken apart.

    Args:
        store: whose it is.
        key: the path, as in ``lake/shop/orders.csv``.
        mark: of the content that is meant; empty for whatever there is.
    """

    store: Store
    key: str
    mark: str = ""

    def __str__(self) -> str:
        """Return it as a text."""
        return f"{self.store.protocol}://{f'~{self.mark}/' if self.mark else ''}{self.key}"


def protocol_of(store: Store) -> str:
    """Return the scheme of a store's addresses: the same for the same place and credentials."""
    number = _numbers.setdefault(store.identity, len(_numbers) + 1)
    protocol = f"{store.scheme}-kf{number}"
    _stores.setdefault(protocol, store)
    return protocol


def adopt(protocol: str, store: Store) -> None:
    """Let another process's address be understood in this one, as in a task of Spark's."""
    _stores.setdefault(protocol, store)


def is_address(path: str) -> bool:
    """Tell whether a path is the address of an object.

    >>> is_address("s3-kf1://lake/x.csv"), is_address("data/x.csv")
    (True, False)
    """
    return bool(_ADDRESS.match(path))


def url_of(path: str) -> str:
    """Return the URL that a provider calls an address.

    >>> url_of("s3-kf1://~e5eb6/lake/x.csv")
    's3://lake/x.csv'
    """
    return re.sub(ADDRESS, "://", path)


def parse(path: str) -> Address:
    """Take an address apart.

    Raises:
        ResourceError: if its provider was never opened in this process.
    """
    found = _ADDRESS.match(path)
    if not found or found[1] not in _stores:
        raise ResourceError(f"{path} is on no provider: name one, as in provider: lake.")
    return Address(_stores[found[1]], found[3], found[2] or "")


def known(path: str) -> Object:
    """Return what is known of the object that an address means."""
    store, key, mark = parse(path)
    return store.known(key, mark)


def stores_in(text: str) -> dict[str, Store]:
    """Return the stores whose addresses a text holds, by their protocols."""
    return {name: _stores[name] for name in dict.fromkeys(_PROTOCOLS.findall(text)) if name in _stores}
