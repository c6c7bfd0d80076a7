"""The menu of the package: light to import, complete, and honest about what it lacks."""

from __future__ import annotations

import subprocess
import sys

import pytest

import kedro_faucet

HEAVY = ("kedro", "duckdb", "pyarrow", "pandas", "sqlglot", "deltalake", "pydantic", "omegaconf", "pyspark")


def test_importing_the_package_imports_nothing_heavy() -> None:
    """Importing the package alone brings in none of what its names need when they are used."""
    found = f"import sys, kedro_faucet; print([name for name in {HEAVY} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", found], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("name", kedro_faucet.__all__)
def test_every_name_of_the_menu_is_there(name: str) -> None:
    """Each public name can be imported, and is listed."""
    assert getattr(kedro_faucet, name) is not None
    assert name in dir(kedro_faucet)


def test_the_menu_is_short() -> None:
    """At most twenty names."""
    assert len(kedro_faucet.__all__) <= 20


def test_a_name_that_is_not_on_the_menu_is_an_attribute_error() -> None:
    """An unknown name is refused as Python's own modules refuse it."""
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        kedro_faucet.nothing  # noqa: B018
