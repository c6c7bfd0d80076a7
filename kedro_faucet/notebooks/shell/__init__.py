"""IPython in this process: a fresh shell a run, which gives back all that it takes."""

from kedro_faucet.notebooks.shell.interactive import Shell
from kedro_faucet.notebooks.shell.isolation import taken_over

__all__ = ["Shell", "taken_over"]
