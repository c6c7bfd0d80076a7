"""Intervals of intermittent demand: how often 80 and 95 % intervals of Croston's method, SBA and TSB hold.

    pip install 'kedro-faucet[forecast]'
    python benchmarks/forecast_intermittent.py [--panels 20]

Simulated are panels of series that are in demand in a share of their periods, with sizes of four distributions whose
mean is drawn from 1 to 20 for each series; each panel has a seed of its own. The last 14 periods are forecast from the
100 before. A cell is the share inside, mean over the panels, and in brackets the mean width.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from kedro_faucet.nodes.forecast import forecast

PAST, HORIZON = 100, 14
MODELS = {"Croston": "croston", "SBA": "sba", "TSB": "tsb"}
SIZES: dict[str, Callable[[Any, Any, tuple[int, int]], Any]] = {
    "Poisson": lambda draw, mean, shape: 1 + draw.poisson(mean - 1, shape),
    "negative binomial": lambda draw, mean, shape: 1 + draw.negative_binomial(1, 1 / mean, shape),
    "geometric": lambda draw, mean, shape: draw.geometric(1 / mean, shape),
    "always one": lambda draw, mean, shape: np.ones(shape),
}
SHARES: dict[str, tuple[float, float]] = {
    "5 %": (0.05, 0.05), "10 %": (0.1, 0.1), "20 %": (0.2, 0.2), "30 %": (0.3, 0.3), "50 %": (0.5, 0.5),
    "3–70 %": (0.03, 0.7),
}  # fmt: skip


def simulated(sizes: str, share: str, count: int, seed: int) -> Any:
    """Return the demand of series, shape (time, series)."""
    draw, shape = np.random.default_rng(seed), (PAST + HORIZON, count)
    wanted = draw.random(shape) < draw.uniform(*SHARES[share], count)
    return np.where(wanted, SIZES[sizes](draw, draw.uniform(1, 20, count), shape), 0).astype(float)


def frame(values: Any) -> pa.Table:
    """Return a panel of days."""
    periods, count = values.shape
    days = np.datetime64("2024-01-01", "D") + np.arange(periods)
    names = np.repeat([f"s{number:04d}" for number in range(count)], periods)
    return pa.table({"unique_id": names, "ds": np.tile(days, count), "y": values.T.ravel()})


def measured(values: Any) -> Iterator[tuple[str, int, float, float]]:
    """Yield model, level, the share of the last periods that lies inside, and the intervals' mean width."""
    made = forecast(frame(values[:PAST]), HORIZON, list(MODELS.values()))
    came = values[PAST:].T.ravel()
    for model in MODELS:
        for level in (80, 95):
            low, high = (made[f"{model}-{side}-{level}"].to_numpy() for side in ("lo", "hi"))
            yield model, level, 100 * float(((low <= came) & (came <= high)).mean()), float((high - low).mean())


def row(sizes: str, share: str, count: int, panels: int) -> str:
    """Return a row of the table."""
    made = [list(measured(simulated(sizes, share, count, seed))) for seed in range(panels)]
    zeros = 100 * np.mean([(simulated(sizes, share, count, seed) == 0).mean() for seed in range(panels)])
    cells = [f"{np.mean([panel[at][2] for panel in made]):.1f} ({np.mean([panel[at][3] for panel in made]):.1f})"
             for at in range(len(made[0]))]  # fmt: skip
    return f"| {sizes} | {share} | {count} | {zeros:.0f} | {' | '.join(cells)} |"


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--panels", type=int, default=20)
    asked = parser.parse_args()
    headings = [f"{model} {level} %" for model in MODELS for level in (80, 95)]
    print(f"| sizes | in demand | series | zeros, % | {' | '.join(headings)} |\n|{' --- |' * (4 + len(headings))}")
    for sizes in SIZES:
        for share in SHARES:
            print(row(sizes, share, 30, asked.panels), flush=True)
    for count in (5, 300):
        print(row("negative binomial", "3–70 %", count, asked.panels), flush=True)


if __name__ == "__main__":
    main()
