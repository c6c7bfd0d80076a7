"""The cubes: measures of the flights, by every set of some attributes."""

from kedro_faucet.nodes.cube import Cube
from kedro_faucet.nodes.star import Average, Count, CountDistinct, Sum

DELAYS = Cube(
    "delays",
    fact="flight",
    by=["flight_date.month_start", "airline.carrier", "origin.faa", "destination.faa"],
    measures=[Count(), Average("dep_delay"), Average("arr_delay"), Sum("distance")],
)
PUNCTUALITY = Cube(
    "punctuality",
    fact="flight",
    by=["flight_date.date", "origin.faa"],
    measures=[Count(), Average("dep_delay"), Average("arr_delay"), CountDistinct("tailnum")],
)
CUBES = [DELAYS, PUNCTUALITY]
