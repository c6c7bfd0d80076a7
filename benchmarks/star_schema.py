"""The Star Schema Benchmark's star and three cubes of it, as pipelines."""

from __future__ import annotations

from kedro.pipeline import Pipeline

from kedro_faucet import pipelines
from kedro_faucet.nodes.cube import Cube
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
        Dimension("customer", source="source/customer", key="c_custkey"),  # type 2: its rows are versions in time
        Dimension("supplier", source="source/supplier", key="s_suppkey"),
        Dimension("part", source="source/part", key="p_partkey"),
        Dimension("ship_mode", source="source/ship_mode", key="mode"),
    ],
    facts=[
        Fact(
            "lineorder",
            source="source/lineorder",
            grain=["lo_orderkey", "lo_linenumber"],
            at="lo_orderdate",
            dimensions={
                "order_date": Role("date", "lo_orderdate"),
                "commit_date": Role("date", "lo_commitdate"),
                "customer": "lo_custkey",
                "supplier": "lo_suppkey",
                "part": "lo_partkey",
                "ship_mode": "lo_shipmode",
            },
            measures=[
                Count(),
                Average("lo_quantity"),
                Sum("lo_extendedprice"),
                Sum("lo_revenue"),
                Sum("lo_supplycost"),
            ],
            keep=["lo_discount", "lo_orderpriority"],
        )
    ],
)
PROFIT = Cube(
    "profit",
    fact="lineorder",
    by=["order_date.year", "customer.c_nation", "supplier.s_nation", "part.p_category"],
    measures=[Count(), Sum("lo_revenue"), Sum("lo_supplycost"), Average("lo_quantity")],
)
BRANDS = Cube(
    "brands",
    fact="lineorder",
    by=["order_date.month_start", "part.p_mfgr", "part.p_category", "part.p_brand1"],
    measures=[Count(), Sum("lo_revenue")],
    sets="rollup",
)
BUYERS = Cube(
    "buyers",
    fact="lineorder",
    by=["order_date.year", "supplier.s_region"],
    measures=[Count(), CountDistinct("customer_key")],
)


def pipeline(name: str) -> Pipeline:
    """Return the pipeline of the star, or that of the cubes."""
    return pipelines.star(SCHEMA) if name == "star" else pipelines.cubes([PROFIT, BRANDS, BUYERS], SCHEMA)
