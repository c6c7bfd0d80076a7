"""Bricks: plain functions and small frozen dataclasses from tables to tables; none knows Kedro."""
