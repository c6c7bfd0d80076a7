"""What a run shows: a line a node, a line that lives in a terminal, a summary; and how log lines are written."""

from kedro_faucet.console.records import install
from kedro_faucet.console.stream import STDERR

install()

__all__ = ["STDERR"]
