"""Star schemas: dimensions, facts, and what facts count."""

from kedro_faucet.nodes.star.calendar import DateDimension, RetailYear, TimeOfDayDimension
from kedro_faucet.nodes.star.compound import Filtered, Ratio, WeightedAverage
from kedro_faucet.nodes.star.dimension import Dimension
from kedro_faucet.nodes.star.fact import Fact
from kedro_faucet.nodes.star.measures import Average, Count, CountDistinct, Max, Measure, Min, Sum
from kedro_faucet.nodes.star.role import Role
from kedro_faucet.nodes.star.schema import StarSchema

__all__ = [
    "Average",
    "Count",
    "CountDistinct",
    "DateDimension",
    "Dimension",
    "Fact",
    "Filtered",
    "Max",
    "Measure",
    "Min",
    "Ratio",
    "RetailYear",
    "Role",
    "StarSchema",
    "Sum",
    "TimeOfDayDimension",
    "WeightedAverage",
]
