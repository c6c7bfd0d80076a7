"""The lineage of a pipeline, up and down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from kedro.io import DataCatalog
from kedro.pipeline import Node, Pipeline, node

from kedro_faucet import HistoryDataset, ResourceDataset, engines, pipelines
from kedro_faucet.exceptions import ResourceError
from kedro_faucet.ledger.lineage.graph import ROWS, USE, VALUE, Lineage
from kedro_faucet.ledger.lineage.target import find
from kedro_faucet.ledger.lineage.walk import DOWN, UP, walk
from kedro_faucet.nodes.lineage import ALL, Place
from kedro_faucet.nodes.sql import SqlQuery
from kedro_faucet.pipelines.brick import brick_node

ORDERS = "select 1 as id, 'ada' as customer, 2 as n, 1.5 as price, timestamp '2013-01-01' as seen_at"

LINES = """
select id, customer, n * price as amount, row_number() over (order by seen_at) as place
from o where n > 0
"""


def score(lines: Any) -> Any:
    """Stand for somebody's Python."""
    return lines


class Broken:
    """A brick of somebody's, whose lineage fails."""

    def build(self, table: Any) -> Any:
        """Return it."""
        return table

    def lineage(self, table: Any) -> Any:
        """Fail."""
        raise KeyError("oops")


def query(text: str, names: dict[str, str], output: str) -> Node:
    """Return the node of a SELECT."""
    brick = SqlQuery(text, tuple(names))
    return brick_node(brick, list(names.values()), output, name=f"make_{output}", tag="sql", preview=None)


@pytest.fixture
def graph(tmp_path: Path) -> Lineage:
    """Orders become lines, a sum, a history, a published set, and what Python makes of them; nothing has run."""
    raw = ResourceDataset(filepath=f"{tmp_path}/raw", save_args={"mode": "overwrite"})
    raw.save(engines.connect().sql(ORDERS))
    kept = HistoryDataset(filepath=f"{tmp_path}/kept", key="id", previous="customer")
    late = ResourceDataset(filepath=f"{tmp_path}/late")
    nodes = [
        *pipelines.copy("source", "lake", ["orders"]).nodes,
        query(LINES, {"o": "lake/orders"}, "lines"),
        query("select customer, sum(amount) as total from l group by customer", {"l": "lines"}, "totals"),
        query("select * from x", {"x": "late"}, "all_late"),
        query("select wrod from t", {"t": "totals"}, "wrong"),
        node(score, "totals", "scores", name="score"),
        node(Broken().build, "totals", "broken", name="break"),
        *pipelines.history("source/orders", "kept", at="seen_at").nodes,
        *pipelines.publish(["star/totals", "lines"], "mart").nodes,
        query("select * from t", {"t": "totals"}, "star/totals"),
    ]
    return Lineage(Pipeline(nodes), DataCatalog({"source/orders": raw, "kept": kept, "late": late}))


def steps(graph: Lineage, column: str, direction: str, **options: Any) -> list[tuple[int, str, str]]:
    """Return depth, column and way of each step."""
    return [
        (step.depth, ".".join(step.place), step.edge.kind)
        for step in walk(graph, find(graph, column), direction, **options)
    ]


def test_a_value_is_followed_to_the_sources(graph):
    """What is computed from a column comes from where that comes from; what chooses rows is told, and not followed."""
    assert steps(graph, "totals.total", UP) == [
        (1, "lines.amount", VALUE),
        (2, "lake/orders.n", VALUE),
        (3, "source/orders.n", VALUE),
        (2, "lake/orders.price", VALUE),
        (3, "source/orders.price", VALUE),
        (2, "lake/orders.n", ROWS),
        (1, "lines.customer", ROWS),
    ]
    assert steps(graph, "lines.place", UP) == [(1, "lake/orders.seen_at", USE), (1, "lake/orders.n", ROWS)]


def test_a_value_is_followed_to_all_that_it_is_in(graph):
    """Down go the values, the rows that it chooses, and what Python makes, of which columns are not known."""
    assert set(steps(graph, "lines.amount", DOWN)) == {
        (1, "mart.main.lines.amount", VALUE),
        (1, "totals.total", VALUE),
        (2, "broken.*", VALUE),
        (2, "scores.*", VALUE),
        (2, "wrong.*", VALUE),
        (2, "star/totals.total", VALUE),
        (3, "mart.star.totals.total", VALUE),
    }
    assert steps(graph, "lake/orders.seen_at", DOWN) == [(1, "lines.place", USE)]
    assert set(steps(graph, "lines.customer", DOWN, most=1)) == {
        (1, "mart.main.lines.customer", VALUE),
        (1, "totals.*", ROWS),
        (1, "totals.customer", VALUE),
    }


def test_a_resource_alone_tells_of_all_its_columns(graph):
    """Up each column's own sources, with what chooses the rows once; down the datasets made of it."""
    assert steps(graph, "totals", UP) == [
        (1, "lines.customer", VALUE),
        (1, "lines.amount", VALUE),
        (1, "lines.customer", ROWS),
    ]
    down = {place for _, place, _ in steps(graph, "totals", DOWN)}
    assert down == {"broken.*", "scores.*", "wrong.*", "star/totals.*", "mart.*"}


def test_what_does_not_tell_is_said_to(graph):
    """All outputs of Python come from all inputs; so do those of a brick whose lineage fails, which is said."""
    assert steps(graph, "scores.anything", UP)[0] == (1, "totals.*", VALUE)
    assert graph.why("scores") == "a Python function does not tell columns"
    assert graph.why("broken") == "KeyError: 'oops'"
    assert graph.why("wrong").startswith("<text>:1: ")
    assert "wrod" in graph.why("wrong")
    assert graph.why("all_late") == "late is not there yet"
    assert graph.why("totals") == ""


def test_a_history_tells_of_the_columns_that_it_adds(graph):
    """Times come from the column of times, and what was before from the column that it was in."""
    assert graph.columns("kept")["valid_from"].values == (Place("source/orders", "seen_at"),)
    assert graph.columns("kept")["previous_customer"].values == (Place("source/orders", "customer"),)
    assert "seen_at" not in graph.columns("kept")


def test_a_source_comes_from_nowhere(graph):
    """Columns that no node makes have no steps up; those of a result that nothing reads none down."""
    assert steps(graph, "source/orders.n", UP) == []
    assert steps(graph, "mart.totals.total", DOWN) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("lines.AMOUNT", Place("lines", "amount")),
        ("lines", Place("lines", ALL)),
        ("mart.star.totals.total", Place("mart", "star.totals.total")),
        ("mart.totals.total", Place("mart", "star.totals.total")),
        ("late.some", Place("late", "some")),
    ],
)
def test_a_column_is_named_as_it_is_written(graph, text, place):
    """Capitals do not matter, the schema of a mart's table may be left out, and an unknown column may be there."""
    assert find(graph, text) == place


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "lines.amuont",
            r"'lines' has no column 'amuont'\. Did you mean 'amount'\? It has id, customer, amount, place",
        ),
        ("lake/order.n", r"No node reads or makes 'lake/order'\. Did you mean 'lake/orders'\?"),
        ("mart.customer", r"'customer' may be each of .*main\.lines\.customer.* of 'mart': name the table too"),
        ("zzz", r"No node reads or makes 'zzz'\. There are"),
    ],
)
def test_a_misspelt_name_gets_the_nearest(graph, text, said):
    """What there is not is refused with what there is."""
    with pytest.raises(ResourceError, match=said):
        find(graph, text)
