"""Merging tables as a pipeline."""

from __future__ import annotations

import pickle

import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from kedro_faucet.engines.base import Engine
from kedro_faucet.exceptions import ConfigError
from kedro_faucet.nodes.merge import AsOfJoin, Coalesce, Dedupe, Lookup, Union
from kedro_faucet.pipelines import merge


def test_tables_become_one(engine: Engine) -> None:
    """Nodes can be pickled, call resources by their names, and show the SQL that is known before."""
    pipeline = (
        merge(Union(origin="region"), ["north/orders", "south/orders"], "lake/all")
        + merge(Dedupe("id", order_by="at"), "lake/all", "lake/orders")
        + merge(Coalesce("customer"), ["crm/customers", "shop/customers"], "lake/customers")
        + merge(Lookup("customer"), ["lake/orders", "lake/customers"], "lake/named")
    )
    pipeline = pickle.loads(pickle.dumps(pipeline))
    shown = {node.name: node.preview().content for node in pipeline.nodes if node.preview()}
    assert shown["lookup_lake_named"].startswith("select source.*, other.* from source left join other")
    assert set(shown) == {"dedupe_lake_orders", "lookup_lake_named"}
    catalog = DataCatalog({name: MemoryDataset(copy_mode="assign") for name in pipeline.datasets()})
    catalog.save("north/orders", engine.sql("select 1 as id, 1 as at, 7 as customer"))
    catalog.save("south/orders", engine.sql("select 1 as id, 2 as at, 8 as customer"))
    catalog.save("crm/customers", engine.sql("select 8 as customer, 'Ada' as name"))
    catalog.save("shop/customers", engine.sql("select 8 as customer, 'A.' as name union all select 7, 'Bob'"))
    SequentialRunner().run(pipeline, catalog)
    assert engine.rows(catalog.load("lake/named")) == [(1, 2, 8, "south/orders", "Ada")]


def test_each_takes_so_many_tables() -> None:
    """Another number is refused when the pipeline is made."""
    with pytest.raises(ConfigError, match=r"Dedupe takes 1, not 2: a, b"):
        merge(Dedupe("id"), ["a", "b"], "c")
    with pytest.raises(ConfigError, match=r"Lookup takes 2, not 1: a"):
        merge(Lookup("id"), "a", "c")
    with pytest.raises(ConfigError, match=r"AsOfJoin takes 3, not 2: a, b"):
        merge(AsOfJoin("at", ["id", "sku"]), ["a", "b"], "c")


def test_joined_as_of(engine: Engine) -> None:
    """The first resource is joined to the others, in order; the node is called after the brick."""
    pipeline = merge(AsOfJoin("day", "sku"), ["lake/sales", "lake/prices"], "lake/priced")
    assert [node.name for node in pipeline.nodes] == ["as_of_join_lake_priced"]
    assert "asof left join other_1" in pipeline.nodes[0].preview().content
    catalog = DataCatalog({name: MemoryDataset(copy_mode="assign") for name in pipeline.datasets()})
    catalog.save("lake/sales", engine.sql("select 7 as sku, date '2013-01-31' as day"))
    catalog.save("lake/prices", engine.sql("select 7 as sku, 3 as price, timestamp '2013-01-31' as valid_from"))
    SequentialRunner().run(pipeline, catalog)
    assert [row[2] for row in engine.rows(catalog.load("lake/priced"))] == [3]
