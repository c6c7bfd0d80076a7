"""The calendar: days with their months, weeks, fiscal and retail years, and holidays."""

from kedro_faucet.nodes.star.calendar.date import DateDimension
from kedro_faucet.nodes.star.calendar.retail import RetailYear

__all__ = ["DateDimension", "RetailYear"]
