"""Reports in an object store: what is put beside files of a disk is put beside objects there."""

from __future__ import annotations

import os
import posixpath
import tempfile
from collections.abc import Mapping
from pathlib import Path

from kedro_faucet.documents.site import HEAD, index
from kedro_faucet.services.stores.addresses import Address, parse
from kedro_faucet.services.stores.store import Object
from kedro_faucet.storage.places.attempts import persistently


def put_page(address: str, text: str, *, site: bool = False) -> None:
    """Put an HTML report, and with ``site`` the index of the folder that it is in.

    Raises:
        ResourceError: if the store refuses; the old report stays.
    """
    store, key, _ = parse(address)
    store.put(key, text.encode())
    if site:
        folder = Address(store, posixpath.dirname(key))
        persistently(f"{folder}/index.html", lambda: _put_index(folder))


def put_markdown(address: str, text: str, pictures: Mapping[str, bytes], folder: str) -> None:
    """Put a page after its pictures, which have names of their content; those of earlier pages stay.

    Raises:
        ResourceError: if the store refuses; the old page stays.
    """
    store, key, _ = parse(address)
    for name, content in pictures.items():
        store.put(posixpath.join(posixpath.dirname(key), folder, name), content)
    store.put(key, text.encode())


def _put_index(folder: Address) -> None:
    """Put an index over the one that was there before its reports were looked for: so that none is missed."""
    store, key = folder.store, posixpath.join(folder.key, "index.html")
    old = store.find(key)
    with tempfile.TemporaryDirectory(prefix="kedro-faucet-") as local:
        for each in store.objects(f"{folder.key}/"):
            if posixpath.dirname(each.key) == folder.key and each.key.endswith(".html"):
                _copy_head(folder, each, Path(local))
        store.put(key, index(Path(local)).encode(), old or "none")


def _copy_head(folder: Address, each: Object, local: Path) -> None:
    """Copy as much of a page as its title takes."""
    file = local / posixpath.basename(each.key)
    file.write_bytes(folder.store.read(each.key, each.mark, 0, min(each.size, HEAD)) if each.size else b"")
    os.utime(file, (each.modified.timestamp(),) * 2)
