"""Excel workbooks: a sheet, or a part of one, as a table."""

from kedro_faucet.engines.files.excel.table import read_excel

__all__ = ["read_excel"]
