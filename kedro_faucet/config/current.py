"""The engine of the project that this process has open, for code that asks for an engine without saying which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

engine: Mapping[str, Any] | None = None
"""What the profile says below ``engine:``; nothing while no project is open. The project opened last wins."""
