"""CSV and JSON files, read alike by both engines: their columns are known before a row is read."""

from kedro_faucet.engines.files.errors import explain
from kedro_faucet.engines.files.groups import ManyFiles
from kedro_faucet.engines.files.sources import Source, source

__all__ = ["ManyFiles", "Source", "explain", "source"]
