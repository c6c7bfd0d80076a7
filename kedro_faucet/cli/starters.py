"""The projects that ``kedro new --starter=…`` makes."""

from __future__ import annotations

from pathlib import Path

from kedro.framework.cli.starters import KedroStarterSpec

PACKAGE = Path(__file__).parents[1]


def template(name: str) -> str:
    """Return a template's folder: inside the installed package, or beside it in a source tree.

    >>> template("faucet").endswith("starters/faucet")
    True
    """
    shipped = PACKAGE / "starters" / name
    return str(shipped if shipped.exists() else PACKAGE.parent / "starters" / name)


STARTERS = [KedroStarterSpec(alias, template(alias)) for alias in ("faucet", "faucet-empty")]
