"""Frequencies: what a period is, found in the timestamps and counted."""

from kedro_faucet.nodes.forecast.frequency.frequency import Frequency
from kedro_faucet.nodes.forecast.frequency.inference import infer_frequency
from kedro_faucet.nodes.forecast.frequency.periods import Times

__all__ = ["Frequency", "Times", "infer_frequency"]
