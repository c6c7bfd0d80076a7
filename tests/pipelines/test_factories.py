"""The factories of the menu and the modules that they are written in."""

from importlib import import_module
from pkgutil import iter_modules

import pytest

from kedro_faucet import pipelines


@pytest.mark.parametrize("name", [module.name for module in iter_modules(pipelines.__path__)])
def test_module_and_factory_have_names_of_their_own(name: str) -> None:
    """A factory hides no module: both can be imported from the package."""
    assert import_module(f"kedro_faucet.pipelines.{name}") is getattr(pipelines, name)
