"""The calendar: days with their months, weeks, fiscal and retail years, and holidays."""

from kedro_faucet.nodes.star.calendar.date import DateDimension
from kedro_faucet.nodes.star.calendar.retail import RetailYear
from kedro_faucet.nodes.star.calendar.time_of_day import TimeOfDayDimension

__all__ = ["DateDimension", "RetailYear", "TimeOfDayDimension"]
