"""Sources: what stands in FROM beside tables and queries."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from kedro_faucet.engines.dialect.generator.guards import raw, sql
from kedro_faucet.engines.dialect.rule import rewrites

_CONSTANTS = (exp.Tuple, exp.Literal, exp.Null, exp.Boolean, exp.Neg, exp.Cast, exp.DataType, exp.DataTypeParam)


@rewrites(exp.Unnest, engine="spark")
def unnested(node: Any, engine: str) -> Any:
    """A list in FROM is a query, and joins as one: a view of Spark's has no condition."""
    alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier("unnest"))
    column = alias.columns[0] if alias.columns else alias.this
    exploded = exp.Explode(this=node.expressions[0])
    query = exp.Subquery(this=exp.Select(expressions=[exp.Alias(this=exploded, alias=column.copy())]))
    if node.find(exp.Column):
        return exp.Lateral(this=query, view=False, outer=False, alias=alias)
    query.set("alias", alias)
    return query


@rewrites(exp.Values, engine="spark")
def computed(node: Any, engine: str) -> Any:
    """VALUES that are computed are a union of SELECTs: Spark takes constants alone."""
    values = [each for row in node.expressions for value in row.expressions for each in value.walk()]
    if all(isinstance(each, _CONSTANTS) for each in values):
        return node
    names = [f"col{place}" for place in range(len(node.expressions[0].expressions))]
    rows = (", ".join(f"{sql(value, engine)} AS {name}" for value, name in zip(row.expressions, names, strict=True))
            for row in node.expressions)  # fmt: skip
    return exp.Subquery(this=raw(" UNION ALL ".join(f"SELECT {row}" for row in rows)), alias=node.args.get("alias"))


@rewrites(exp.Select, engine="spark")
def by_condition(node: Any, engine: str) -> Any:
    """A first join by ``using`` is one by ``on``: Spark mistakes a table's own column, which it hides, for another."""
    joins = node.args.get("joins") or []
    using = joins[0].args.get("using") if joins else None
    tables: Any = [each.this.alias_or_name for each in (node.args["from_"], joins[0])] if using else []
    if using and all(tables) and not any(join.args.get("using") for join in joins[1:]):
        keys = {each.name.lower(): [exp.column(each.copy(), table=table) for table in tables] for each in using}
        _replace_keys(node, {name: _key(joins[0].side, pair) for name, pair in keys.items()})
        joins[0].set("using", None)
        joins[0].set("on", exp.and_(*(exp.EQ(this=left, expression=right) for left, right in keys.values())))
    return node


def _key(side: str, pair: list[Any]) -> Any:
    if side == "FULL":
        return exp.Coalesce(this=pair[0].copy(), expressions=[pair[1].copy()])
    return pair[side == "RIGHT"].copy()


def _replace_keys(select: Any, keys: dict[str, Any]) -> None:
    """Put the key of one of the tables, or of both, in place of one that says no table."""
    for column in list(select.find_all(exp.Column)):
        name, ours = column.name.lower(), column.find_ancestor(exp.Select) is select or column.meta.get("depth")
        ordered = column.find_ancestor(exp.Order, exp.Window, exp.Select)
        by_name = isinstance(ordered, exp.Order) and name in map(str.lower, select.named_selects)
        if ours and not column.table and name in keys and not by_name:
            key = keys[name].copy()
            key.meta["family"] = column.meta.get("family")
            column.replace(exp.alias_(key, column.name) if column.parent is select else key)
