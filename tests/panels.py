"""Panels for tests of forecasting models."""

from __future__ import annotations

import numpy as np

from kedro_faucet.nodes.forecast.frequency import Frequency
from kedro_faucet.nodes.forecast.panel import Floats, Panel


def side_by_side(*series: Floats, seasons: tuple[int, ...] = (), before: int = 0) -> Panel:
    """Return a panel of series that end together, some rows longer than the longest of them."""
    rows = max(map(len, series)) + before
    values = np.stack([np.r_[np.full(rows - len(y), np.nan), y] for y in series], axis=1)
    ids = np.array([f"s{index}" for index in range(len(series))], dtype=object)
    return Panel(ids, values, np.full(len(series), 9), Frequency("D"), seasons)


def wave(length: int, season: int, level: float = 20, noise: float = 0.5, seed: int = 0, size: float = 3) -> Floats:
    """Return a series with a season, a trend and noise."""
    time, draw = np.arange(length), np.random.default_rng(seed)
    return level + 0.1 * time + size * np.sin(2 * np.pi * time / season) + draw.normal(0, noise, length)
