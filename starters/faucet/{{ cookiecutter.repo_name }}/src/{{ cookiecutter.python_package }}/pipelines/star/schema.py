"""The star schema: what is counted (facts), and by what it is looked at (dimensions)."""

from kedro_faucet.nodes.star import (
    Average,
    Count,
    CountDistinct,
    DateDimension,
    Dimension,
    Fact,
    Role,
    StarSchema,
    Sum,
)

SCHEMA = StarSchema(
    dimensions=[
        DateDimension("date"),
        Dimension("airport", source="lake/airports", key="faa"),
        Dimension("airline", source="lake/airlines", key="carrier"),
        Dimension("plane", source="lake/plane_versions", key="tailnum"),  # type 2: its rows are versions in time
    ],
    facts=[
        Fact(
            "flight",
            source="lake/flights",
            grain=["flight_date", "carrier", "flight", "origin"],
            at="scheduled_at",
            dimensions={
                "flight_date": Role("date", "flight_date"),
                "origin": Role("airport", "origin"),
                "destination": Role("airport", "dest"),
                "airline": "carrier",
                "plane": "tailnum",
            },
            measures=[Count(), CountDistinct("tailnum"), Sum("distance"), Average("dep_delay"), Average("arr_delay")],
        )
    ],
)
