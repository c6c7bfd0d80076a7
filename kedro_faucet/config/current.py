"""What this process has open: the project's engine, for code that asks for one without saying which; a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

engine: Mapping[str, Any] | None = None
"""What the profile says below ``engine:``; nothing while no project is open. The project opened last wins."""

is_watched = False
"""Whether a terminal shows what the engine does, which then counts how much is done."""
