"""A run of the fuzz: expressions, statements and files in turn, until the time is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fuzz.compare import GROUPS, ROWS, Batch, Pair, shown
from fuzz.expressions import aggregates, expressions
from fuzz.files import Files, files
from fuzz.needless import is_needless
from fuzz.shrink import smallest
from fuzz.statements import statements
from fuzz.tables import tables
from kedro_faucet.engines.base import Engine

# Small tables are read by interpreted plans in one task: compiling them takes Spark longer than running them.
_QUICK = {
    "spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false", "spark.sql.shuffle.partitions": "1",
}  # fmt: skip


@dataclass
class Run:
    """What was compared, and what differs.

    Args:
        engines: the embedded engine, then Spark.
        seed: the same one writes the same.
        reduce: whether what differs is made as small as it can be.
    """

    engines: Sequence[Engine]
    seed: int
    reduce: bool = True
    counts: Counter[str] = field(default_factory=Counter)
    found: dict[str, tuple[str, str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Give both engines the tables, and start what writes."""
        self.pair = Pair(self.engines, tables)
        self._rows, self._groups = expressions(self.seed), aggregates(self.seed)
        self._statements, self._files = statements(self.seed), files(self.seed)

    def expressions(self, count: int) -> None:
        """Compare expressions, a fifth of them aggregates."""
        for template, stream, size in ((ROWS, self._rows, count * 4 // 5), (GROUPS, self._groups, count // 5)):
            self.counts["expressions"] += size
            for text in Batch(self.pair, template).different(list(islice(stream, size))):
                self._note(text)

    def statements(self, count: int) -> None:
        """Compare statements."""
        for text in islice(self._statements, count):
            self.counts["statements"] += 1
            if self.pair.difference(text):
                self._note(text)

    def files(self, count: int) -> None:
        """Compare what is read of files, and saved to them."""
        with TemporaryDirectory() as folder:
            both = Files(self.engines, Path(folder))
            for compare in islice(self._files, count):
                self.counts["files"] += 1
                for said, ours, theirs in compare(both):
                    self.found[said] = ("files", shown(ours), shown(theirs))

    def turn(self) -> None:
        """Compare some of all; a fifth of the statements by plans that Spark compiles."""
        self.expressions(50)
        with quick(self.engines[1]):
            self.statements(32)
        self.statements(8)
        self.files(6)

    def _note(self, text: str) -> None:
        found = self.pair.difference(text)
        if found and self.reduce:
            text = smallest(text, found[0], self.pair.difference)
            found = self.pair.difference(text) or found
        if found and found[0].startswith("stops on") and is_needless(text, self.pair.results):
            self.counts["stops of what no result needs"] += 1
        elif found:
            self.found[text] = (found[0], shown(found[1]), shown(found[2]))


@contextmanager
def quick(spark: Any) -> Iterator[None]:
    """Let Spark interpret its plans within."""
    settings = {name: spark.session.conf.get(name) for name in _QUICK}
    try:
        for name, value in _QUICK.items():
            spark.session.conf.set(name, value)
        yield
    finally:
        for name, value in settings.items():
            spark.session.conf.set(name, value)
