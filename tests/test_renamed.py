"""Modules are found under their earlier names."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from kedro_faucet.renamed import RENAMED


@pytest.mark.parametrize("old", [*RENAMED, *(f"kedro_faucet.nodes.forecast.{name}" for name in ("learned.direct",))])
def test_an_earlier_name_gives_the_module_of_today(old: str) -> None:
    """The module is the very same object, so that its classes are the same too."""
    found = import_module(old)
    assert found is sys.modules[found.__name__]
    assert found.__name__ == found.__spec__.name != old


def test_a_name_that_nothing_ever_had_is_not_found() -> None:
    """A misspelt module below a renamed one is missing, as any other."""
    with pytest.raises(ModuleNotFoundError, match=r"global_models\.nothing"):
        import_module("kedro_faucet.nodes.forecast.learned.nothing")


def test_a_fresh_process_finds_what_is_below_a_renamed_package() -> None:
    """What is imported first under its earlier name is one module, not two."""
    names = [f"kedro_faucet.nodes.forecast.{name}.columns" for name in ("reading", "preparation")]
    text = f"from importlib import import_module as m; print(m({names[0]!r}).Columns is m({names[1]!r}).Columns)"
    assert subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True).stdout == "True\n"
