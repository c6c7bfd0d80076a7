"""What ``%load_ext kedro_faucet`` gives a notebook: the project's catalog and engine, profiles, and SQL cells."""

from kedro_faucet.notebooks.jupyter.extension import load_ipython_extension

__all__ = ["load_ipython_extension"]
