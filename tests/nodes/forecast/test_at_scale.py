"""Many series: memory that is bounded by what comes out."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import resource, sys
from kedro_faucet.engines import connect
from kedro_faucet.nodes.forecast import forecast

engine = connect({"type": "duckdb", "threads": 2})
panel = engine.sql(f'''
    select 'series ' || id as unique_id, date '2014-01-01' + to_months(cast(month as integer)) as ds,
        100 + 10 * sin(month / 12.0 * 6.28) + hash(id * 1000 + month) % 10 as y
    from range({sys.argv[1]}) as s(id), range(120) as t(month)
''', portable=False)
panel = engine.sql("select unique_id, cast(ds as date) as ds, cast(y as double) as y from p", p=panel)
made = forecast(panel, 12, "combination", levels=[80])
[(rows, series, unknown)] = engine.rows(engine.sql(
    'select count(*), count(distinct unique_id), sum(case when "Combination" is null then 1 else 0 end) from p', p=made
))
print(rows, series, int(unknown), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def run(count: int) -> list[int]:
    """Forecast so many series of 120 months in a process; return rows, series, NULLs, and the peak in MB."""
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(count)], capture_output=True, text=True, check=True)
    return [int(word) for word in done.stdout.split()]


@pytest.mark.slow
def test_a_large_panel_is_streamed() -> None:
    """Of 20,000 series of 120 months the memory grows by the rows, not by what is computed of them.

    A sample of 5,000 series is learned from in both runs. 15,000 series more have 1.8 million rows of about 40 bytes,
    which are sorted (72 MB, held twice at most), and 180,000 rows of forecasts of 60 bytes (11 MB, held three times).
    Were all computed at once, arrays of 120 months would be held for thirty parameters of each (430 MB an array).
    """
    rows, series, unknown, peak = run(20_000)
    assert (rows, series, unknown) == (240_000, 20_000, 0)
    assert peak - run(5_000)[-1] < 300
