"""Project settings: https://docs.kedro.org/en/stable/kedro_project_setup/settings/"""

from kedro_faucet import FaucetConfigLoader

CONFIG_LOADER_CLASS = FaucetConfigLoader
CONFIG_LOADER_ARGS = {"base_env": "base", "default_run_env": "local"}
