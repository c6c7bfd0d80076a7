"""Files packed or not: opened by what their names say, refused by what they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from kedro_faucet.exceptions import ResourceError
from kedro_faucet.services.stores.addresses import is_address
from kedro_faucet.services.stores.filesystem import Handle, store_said

PACKINGS = {".gz": "gzip", ".zst": "zstd"}
_UNPACKED = {".bz2": "bzip2", ".zip": "zip", ".xz": "xz"}
"""How files are packed that are read and not written."""
_MARKS = {
    b"\x1f\x8b": "is packed by gzip: let its name end in .gz",
    b"\x28\xb5\x2f\xfd": "is packed by Zstandard: let its name end in .zst",
    b"BZh": "is packed by bzip2: let its name end in .bz2",
    b"PK\x03\x04": "is a zip file (Excel's are some): let its name end in .zip, or say format: excel",
    b"\xfd7zXZ": "is packed by xz: let its name end in .xz",
    b"PAR1": "is a Parquet file: say format: parquet",
}
"""The first bytes of files that are no texts."""


def packing(file: str) -> str | None:
    """Return how a file is packed by its name, if in a way that the engine reads.

    >>> packing("x.csv.gz"), packing("x.csv")
    ('gzip', None)
    """
    return next((name for suffix, name in PACKINGS.items() if file.endswith(suffix)), None)


def require_written(file: str) -> None:
    """Refuse to write a file packed in a way that is read alone.

    Raises:
        ResourceError: naming those that are written.
    """
    for suffix, name in _UNPACKED.items():
        if file.lower().endswith(suffix):
            raise ResourceError(f"{file} would be packed by {name}, which is read, not written: use .gz or .zst.")


@contextmanager
def unpacked(file: str) -> Iterator[pa.NativeFile]:
    """Open a file, packed or not.

    Raises:
        ResourceError: if it is not packed as its name says.
    """
    with opened(file) as raw:
        try:
            with pa.input_stream(raw, compression=packing(file)) as stream:
                yield stream
        except OSError as error:
            said = store_said(str(error))
            raise (ResourceError(said) if said else damaged(file)) from None


def opened(file: str) -> pa.NativeFile:
    """Open a file of this machine or an object, as it is."""
    return pa.PythonFile(Handle(file)) if is_address(file) else pa.OSFile(file)


def require_text(file: str, start: bytes) -> None:
    """Refuse a file whose first bytes are those of a packed file, or of one of another format.

    Raises:
        ResourceError: saying what it is.
    """
    for mark, said in _MARKS.items():
        if start.startswith(mark):
            raise ResourceError(f"{file} {said}.")


def damaged(file: str) -> ResourceError:
    """Return the error for a packed file that cannot be unpacked."""
    kinds = {".zst": "Zstandard", **_UNPACKED}
    suffix, name = next((pair for pair in kinds.items() if file.lower().endswith(pair[0])), (".gz", "gzip"))
    return ResourceError(f"{file} is no {name} file, or a damaged one: get it again, or name it without {suffix}.")
