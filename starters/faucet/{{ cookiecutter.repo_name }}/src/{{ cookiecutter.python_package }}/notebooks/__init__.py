"""Notebooks that are nodes, modules and reports."""

import kedro_faucet  # noqa: F401
