"""Spark's session: how it is started, with which jars, and its types in DuckDB's words."""
