"""Which files a location names, listed once so that they are never looked up again later."""

from __future__ import annotations

import glob
from pathlib import Path

from kedro_faucet.exceptions import ResourceError, did_you_mean

_PACKED = ("", ".gz", ".zst", ".bz2", ".xz", ".zip")


def is_pattern(path: str) -> bool:
    """Tell whether a path names many files; brackets are letters of a name.

    >>> is_pattern("data/flights/*.csv.gz"), is_pattern("data/[1]/planes.csv")
    (True, False)
    """
    return bool({"*", "?"} & set(path))


def find_files(path: str, *, required: bool = False) -> list[Path]:
    """Return the files that a path or a pattern names, sorted; ``x.csv`` also finds ``x.csv.gz``.

    Raises:
        ResourceError: if a file is required and there is none.
    """
    if is_pattern(path):
        names = glob.iglob(path.replace("[", "[[]"), recursive=True)
        found = sorted(Path(each) for each in names if Path(each).is_file())
    else:
        found = [each for suffix in _PACKED if (each := Path(f"{path}{suffix}")).is_file()][:1]
    if required and not found:
        raise ResourceError(_missing(Path(path)))
    return found


def _folder(path: Path) -> str:
    """Say what to write in the place of a folder.

    >>> _folder(Path("data/orders"))
    'data/orders is a folder: name a file in it, all of them by a pattern (data/orders/*.csv), or say format: delta.'
    """
    suffixes = [each.suffix for each in path.iterdir() if each.is_file()] if path.is_dir() else []
    suffix = next((each for each in sorted(suffixes) if each), ".csv")
    return f"{path} is a folder: name a file in it, all of them by a pattern ({path}/*{suffix}), or say format: delta."


def _missing(path: Path) -> str:
    if is_pattern(str(path)):
        return f"No file matches {path}."
    if path.is_dir():
        return _folder(path)
    folder = path.parent
    if not folder.is_dir():
        return f"There is no file {path}: its folder {folder} does not exist."
    names = sorted(each.name for each in folder.iterdir() if each.is_file() and not each.name.startswith("."))
    return f"There is no file {path}.{near(path.name, names)}"


def near(name: str, names: list[str]) -> str:
    """Name the file that was meant, by what stands before its suffix, or those that there are."""
    stem = name.partition(".")[0]
    near = [each for each in names if did_you_mean(stem, [each.partition(".")[0]])]
    return did_you_mean(name, near) or (f" The folder holds: {', '.join(names[:10])}." if names else "")


def aside(path: str) -> str:
    """Return the place beside a resource for rows that it does not take.

    >>> aside("data/lake/orders"), aside("data/orders.csv.gz"), aside("sales.orders")
    ('data/lake/orders__rejected', 'data/orders__rejected.csv.gz', 'sales.orders__rejected')
    """
    folder, slash, name = path.rpartition("/")
    if not slash:
        return f"{path}__rejected"
    stem, dot, ending = name.partition(".")
    return f"{folder}/{stem}__rejected{dot}{ending}"
