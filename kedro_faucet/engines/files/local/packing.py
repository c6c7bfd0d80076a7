"""Files packed or not: opened by what their names say, refused by what they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from kedro_faucet.exceptions import ResourceError

PACKINGS = {".gz": "gzip", ".zst": "zstd"}
_NOT_READ = {
    ".bz2": "is packed by bzip2, which is not read",
    ".zip": "is a zip file (Excel's are some), which is not read",
    ".xz": "is packed by xz, which is not read",
}
_ADVICE = "unpack it, or pack it by gzip (.gz) or Zstandard (.zst)"
_MARKS = {
    b"\x1f\x8b": "is packed by gzip: let its name end in .gz",
    b"\x28\xb5\x2f\xfd": "is packed by Zstandard: let its name end in .zst",
    b"BZh": f"{_NOT_READ['.bz2']}: {_ADVICE}",
    b"PK\x03\x04": f"{_NOT_READ['.zip']}: unpack it, or save it as text",
    b"\xfd7zXZ": f"{_NOT_READ['.xz']}: {_ADVICE}",
    b"PAR1": "is a Parquet file: say format: parquet",
}
"""The first bytes of files that are no texts."""


def packing(file: str) -> str | None:
    """Return how a file is packed by its name, or nothing if it is not.

    >>> packing("x.csv.gz"), packing("x.csv")
    ('gzip', None)

    Raises:
        ResourceError: if it is packed in a way that is neither read nor written.
    """
    for suffix, said in _NOT_READ.items():
        if file.lower().endswith(suffix):
            raise ResourceError(f"{file} {said}: {_ADVICE}.")
    return next((name for suffix, name in PACKINGS.items() if file.endswith(suffix)), None)


@contextmanager
def unpacked(file: str) -> Iterator[pa.NativeFile]:
    """Open a file, packed or not.

    Raises:
        ResourceError: if it is not packed as its name says.
    """
    with pa.OSFile(file) as raw:
        try:
            with pa.input_stream(raw, compression=packing(file)) as stream:
                yield stream
        except OSError:
            raise damaged(file) from None


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
    suffix, name = (".zst", "Zstandard") if file.endswith(".zst") else (".gz", "gzip")
    return ResourceError(f"{file} is no {name} file, or a damaged one: get it again, or name it without {suffix}.")
