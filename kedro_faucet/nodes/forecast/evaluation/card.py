"""Model card: what a fitted model is, what it learned from, and how good it was."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from kedro_faucet.engines import Table, engine_of, quote
from kedro_faucet.nodes.forecast.forecasting import Forecaster


def card(forecaster: Forecaster, board: Table, run_id: str) -> Table:
    """Return the card of fitted models, a row each, on the engine of their leaderboard.

    >>> from kedro_faucet.nodes.forecast import backtest, fit, leaderboard
    >>> from kedro_faucet.engines import connect
    >>> days = list(range(1, 29))
    >>> sales = connect().from_frame(pa.table({"unique_id": ["a"] * 28, "ds": days, "y": [day % 7 for day in days]}))
    >>> board = leaderboard(backtest(sales, 7, "drift", season_length=7))
    >>> [row] = engine_of(board).to_arrow(card(fit(sales, 7, "drift", season_length=7), board, "run 1")).to_pylist()
    >>> row["run_id"], row["model"], row["description"][:50], row["series"], row["last_time"]
    ('run 1', 'Drift', '...', 1, '28')

    Args:
        forecaster: the fitted models.
        board: the leaderboard of their backtest.
        run_id: the run that this is the card of.
    """
    engine = engine_of(board)
    made = engine.from_frame(pa.Table.from_pylist(_rows(forecaster, run_id)))
    known = [name for name in board.columns if name not in ("model", "series", "forecasts", "run_id")]
    metrics = "".join(f", board.{quote(name)}" for name in known)
    text = f"""
select made.* exclude (place){metrics}
from made left join board on made.model = board.model
order by place"""
    return engine.sql(text, made=made, board=board)


def _rows(forecaster: Forecaster, run_id: str) -> list[dict[str, Any]]:
    """Return what is known of each model without its backtest."""
    reading = forecaster.reading
    return [
        {
            "place": place,
            "run_id": str(run_id),
            "model": fitted.model.name,
            "description": fitted.model.description,
            "horizon": forecaster.horizon,
            "frequency": reading.frequency.alias,
            "seasons": ", ".join(map(str, reading.seasons)) or "none",
            "levels": ", ".join(f"{level:g}" for level in fitted.widths) or "none",
            "series": forecaster.series,
            "values": forecaster.values,
            "filled": forecaster.filled,
            "last_time": str(forecaster.ends),
            "versions": ", ".join(forecaster.versions),
        }
        for place, fitted in enumerate(forecaster.models)
    ]
