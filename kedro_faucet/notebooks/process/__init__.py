"""A notebook in a process of its own: a real kernel, driven by papermill."""

from kedro_faucet.notebooks.process.execute import execute_in_kernel

__all__ = ["execute_in_kernel"]
