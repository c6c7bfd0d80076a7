"""What Kedro's run calls: names are checked, records kept, and errors of a user's making shown as one line."""

from kedro_faucet.hooks.faults import find_fault
from kedro_faucet.hooks.run import FaucetHooks, hooks

__all__ = ["FaucetHooks", "find_fault", "hooks"]
