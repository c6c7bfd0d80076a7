"""Saves in one transaction, in SQL that most databases understand."""

from kedro_faucet.services.sql.saving import save
from kedro_faucet.services.sql.transaction import STAGE, Column, Transaction, refuse_view, unsure

__all__ = ["STAGE", "Column", "Transaction", "refuse_view", "save", "unsure"]
