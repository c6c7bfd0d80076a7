"""Where data live: one file a service. Another package adds one by the entry point ``kedro_faucet.services``."""

from kedro_faucet.services.database import Database, Kept, Save, Selection
from kedro_faucet.services.file import Files
from kedro_faucet.services.registry import find_service, open_service, services
from kedro_faucet.services.service import Service
from kedro_faucet.services.settings import Strict

__all__ = [
    "Database",
    "Files",
    "Kept",
    "Save",
    "Selection",
    "Service",
    "Strict",
    "find_service",
    "open_service",
    "services",
]
