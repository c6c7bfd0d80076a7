"""Random statements: typed from the columns of what they read to their own."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence

from fuzz.expressions import Writer, order, partition, window
from fuzz.forms import AGGREGATES
from fuzz.sources import Scope, Source, correlated, sources, table, values

_SETS = ["union", "union all", "except", "intersect", "except all", "intersect all", "union by name"]


def statements(seed: int) -> Iterator[str]:
    """Yield random statements over the tables."""
    chance = random.Random(seed)
    while True:
        yield _Statement(chance).text()


class _Statement:
    """One statement, of queries within each other."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.scope = Scope(chance, self.query)

    def text(self) -> str:
        """Write the whole statement; one with a limit has an order that tells all rows apart."""
        kind = self.chance.random()
        if kind < 0.03:
            return values(self.scope).text
        head = self._with()
        made = self.query(self.chance.choice([0, 1, 1, 2]))
        return f"{head}{made.text}{self._end(made)}"

    def _with(self) -> str:
        heads, recursive = [], False
        for _ in range(self.chance.choice([0, 0, 0, 1, 2])):
            recursive |= (again := self.chance.random() < 0.25)
            heads.append(self._recursion() if again else self._cte())
        return f"with {'recursive ' * recursive}{', '.join(heads)} " if heads else ""

    def _cte(self) -> str:
        name, made = self.scope.name("r"), self.query(1)
        hint = self.chance.choice(["", "", "materialized ", "not materialized "])
        if self.chance.random() < 0.3:
            said = {column: self.scope.name("c") for column in made.columns}
            columns = {said[column]: letter for column, letter in made.columns.items()}
            self.scope.ctes[name] = Source("", columns, tuple(said[column] for column in made.key))
            return f"{name}({', '.join(columns)}) as {hint}({made.text})"
        self.scope.ctes[name] = made
        return f"{name} as {hint}({made.text})"

    def _recursion(self) -> str:
        """Write a recursion that ends: by a count, or along the rows of a table."""
        name, bound = self.scope.name("r"), self.chance.choice([1, 3, 120])
        n, c = self.scope.name("n"), self.scope.name("c")
        first = Writer(self.chance, {}).value("s", 1)
        self.scope.ctes[name] = Source("", {n: "i", c: "s"}, (n,))
        step = self.chance.choice([
            f"select {n} + 1, {c} from {name} where {n} < {bound}",
            f"select {n} + 1, {c} || 'x' from {name} where {n} < {min(bound, 9)}",
            f"select y.{n} + 1, z.s from {name} as y join t as z on z.id = y.{n} + 1",
        ])  # fmt: skip
        return f"{name} as (select 1 as {n}, {first} as {c} union all {step})"

    def _end(self, made: Source) -> str:
        if self.chance.random() < 0.4:
            return ""
        columns = list(made.columns)
        self.chance.shuffle(columns)
        columns = floats_last(columns, made)
        places = [str(list(made.columns).index(column) + 1) for column in columns]
        by = self.chance.choice([columns, places])
        writer = made.writer(self.chance)
        plain = self.chance.random() < 0.1 and "f" not in made.columns.values()
        text = " order by all" if plain else f" order by {order(writer, by)}"
        if self.chance.random() < 0.1:
            return f"{text} fetch first {self.chance.randint(1, 5)} rows only"
        limit = f" limit {self.chance.randint(0, 5)}" if self.chance.random() < 0.4 else ""
        return text + limit + (f" offset {self.chance.randint(0, 3)}" if self.chance.random() < 0.2 else "")

    def query(self, depth: int, letters: Sequence[str] | None = None) -> Source:
        """Write a query of so many levels; given families, one of such columns."""
        if letters is not None:
            return self._rows(depth, letters)
        kinds = [self._plain, self._windows, self._windows, self._groups, self._groups, self._star, self._unnested]
        return self.chance.choice(kinds + [self._sets, self._limited] * (depth > 0))(depth)

    def _plain(self, depth: int) -> Source:
        """Write a query of some values of each row, with what tells the rows apart."""
        found = sources(self.scope, depth)
        writer = found.writer(self.chance)
        letters = self.chance.choices("imfsdto", k=self.chance.randint(1, 4))
        items = [*self._keys(found), *((self._value(found, writer, letter), letter) for letter in letters)]
        return self._select("select ", items, f"from {found.text}{self._where(found)}", key=len(found.key))

    def _rows(self, depth: int, letters: Sequence[str]) -> Source:
        found = sources(self.scope, depth)
        writer = found.writer(self.chance)
        items = [(self._value(found, writer, letter), letter) for letter in letters]
        rest = f"from {found.text}{self._where(found)}"
        if self.chance.random() < 0.15:
            return self._select("select distinct ", items, rest, key=len(items))
        return self._select("select ", items, rest)

    def _value(self, found: Source, writer: Writer, letter: str) -> str:
        if self.chance.random() < 0.06:
            inner, tie = correlated(self.scope, found)
            tie = self.chance.choice([tie, "true"])
            value = inner.writer(self.chance).value(letter)
            function = "bool_or" if letter == "o" else self.chance.choice(["min", "max"])
            return f"(select {function}({value}) from {inner.text} where {tie})"
        if letter == "o" and self.chance.random() < 0.1:
            return self._exists(found)
        return writer.value(letter, 2)

    def _select(self, start: str, items: Sequence[tuple[str, str]], rest: str, key: int = 0) -> Source:
        columns = {self.scope.name("c"): letter for _, letter in items}
        listed = ", ".join(f"{text} as {name}" for (text, _), name in zip(items, columns, strict=True))
        return Source(f"{start}{listed} {rest}", columns, tuple(columns)[:key])

    def _where(self, found: Source) -> str:
        if self.chance.random() < 0.5:
            return ""
        writer = found.writer(self.chance)
        kinds = [lambda: writer.value("o", 2)] * 4 + [lambda: self._exists(found), lambda: self._member(found)]
        conditions = [self.chance.choice(kinds)() for _ in range(self.chance.choice([1, 1, 2]))]
        return f" where {self.chance.choice([' and ', ' or ']).join(conditions)}"

    def _exists(self, found: Source) -> str:
        inner, tie = correlated(self.scope, found)
        return f"{self.chance.choice(['', 'not '])}exists (select 1 from {inner.text} where {tie})"

    def _member(self, found: Source) -> str:
        """Write a test whether a value is among those of a query; on a whole row at times."""
        inner = table(self.scope)
        pairs = [(ours, theirs) for ours, letter in found.columns.items() for theirs in inner.of(letter)]
        if not pairs:
            return "true"
        chosen = self.chance.sample(pairs, min(len(pairs), self.chance.choice([1, 1, 2])))
        ours, theirs = (", ".join(each) for each in zip(*chosen, strict=True))
        ours = f"({ours})" if len(chosen) > 1 else ours
        known = f" where {chosen[0][1]} is not null" if self.chance.random() < 0.5 else ""
        return f"{ours} {self.chance.choice(['in', 'not in'])} (select {theirs} from {inner.text}{known})"

    def _windows(self, depth: int) -> Source:
        """Write a query with window functions; or one that keeps rows by them, of which one may have a name."""
        found = sources(self.scope, depth)
        writer = found.writer(self.chance)
        items = [*self._keys(found), (writer.value("s"), "s")]
        items += [window(writer, found.key) for _ in range(self.chance.randint(1, 3))]
        rest = f"from {found.text}{self._where(found)}"
        if self.chance.random() < 0.3:
            rest += f" qualify {window(writer, found.key)[0]} is not null"
        elif self.chance.random() < 0.3:
            items.append((f"{writer.grown('sum({j})')} over w", "i"))
            rest += f" window w as ({partition(writer)}order by {order(writer, [writer.leaf('i')])})"
            rest += self.chance.choice(["", " qualify rank() over w <= 2"])
        return self._select("select ", items, rest, key=len(found.key))

    def _keys(self, found: Source) -> list[tuple[str, str]]:
        return [(column, found.columns[column]) for column in found.key]

    def _groups(self, depth: int) -> Source:
        """Write a query of groups: by expressions, their places or names, or by sets of columns."""
        found = sources(self.scope, depth)
        writer = found.writer(self.chance)
        letters = self.chance.choices("sodimst", k=self.chance.choice([0, 1, 1, 2, 2, 3]))
        if letters and self.chance.random() < 0.35:
            return self._grouped_by_sets(found, writer)
        keys = [(writer.value(letter), letter) for letter in letters]
        made = self._select("select ", [*keys, *self._aggregates(found, writer)], "")
        said = [[text for text, _ in keys], list(made.columns)[: len(keys)], [str(n + 1) for n in range(len(keys))]]
        by = f" group by {'all' if self.chance.random() < 0.2 else ', '.join(self.chance.choice(said))}" if keys else ""
        text = f"{made.text}from {found.text}{self._where(found)}{by}{self._having(writer)}"
        return Source(text, made.columns, tuple(made.columns)[: len(keys)])

    def _grouped_by_sets(self, found: Source, writer: Writer) -> Source:
        columns = [column for column, letter in found.columns.items() if letter in "sodi"]
        if not columns:
            return self._groups(0)
        chosen = self.chance.sample(columns, min(len(columns), self.chance.randint(1, 3)))
        listed = ", ".join(chosen)
        sets = [f"cube ({listed})", f"rollup ({listed})", f"grouping sets (({listed}), ({chosen[0]}), ())"]
        items = [(column, found.columns[column]) for column in chosen]
        items += [(f"grouping({chosen[-1]})", "i"), (f"grouping_id({listed})", "i")]
        by = f"group by {self.chance.choice(sets)}{self._having(writer)}"
        items += self._aggregates(found, writer)
        return self._select("select ", items, f"from {found.text}{self._where(found)} {by}")

    def _aggregates(self, found: Source, writer: Writer) -> list[tuple[str, str]]:
        """Write aggregates; string_agg stands beside no distinct one."""
        forms = [form for form in AGGREGATES if len(found.key) == 1 or "{key}" not in form]
        chosen = self.chance.choices(forms, k=self.chance.randint(1, 4))
        if any("string_agg" in form for form in chosen):
            chosen = [form for form in chosen if "distinct" not in form]
        key = next(iter(found.key), "")
        return [(writer.grown(form.replace("{key}", key)), AGGREGATES[form]) for form in chosen]

    def _having(self, writer: Writer) -> str:
        conditions = ["count(*) > 1", "max({i}) is not null", "bool_or({o})", "min({s}) < max({s})", "sum({j}) > 0"]
        return f" having {writer.grown(self.chance.choice(conditions))}" if self.chance.random() < 0.25 else ""

    def _sets(self, depth: int) -> Source:
        """Write two or three queries of the same families, put together."""
        letters = self.chance.choices("imfsdto", k=self.chance.randint(1, 3))
        made = self.query(depth - 1, letters)
        text, kind = made.text, ""
        for _ in range(self.chance.choice([1, 1, 2])):
            kind, right = self.chance.choice(_SETS), self.query(depth - 1, letters)
            named = f"select * from ({right.text}) as {self.scope.name('q')}({', '.join(made.columns)})"
            text = f"{text} {kind} {named if kind.endswith('name') else right.text}"
        return Source(text, made.columns, () if kind.endswith("all") else tuple(made.columns))

    def _star(self, depth: int) -> Source:
        """Write a query of all columns, or of all but one."""
        found = table(self.scope)
        names = {said.partition(".")[2]: letter for said, letter in found.columns.items()}
        key = found.key[0].partition(".")[2]
        left_out = self.chance.choice([name for name in names if name != key])
        alias = self.chance.choice(["", f"{next(iter(found.columns)).partition('.')[0]}."])
        exclude = self.chance.random() < 0.5
        columns = {name: letter for name, letter in names.items() if not (exclude and name == left_out)}
        star = f"select {alias}*{f' exclude ({left_out})' * exclude}"
        return Source(f"{star} from {found.text}{self._where(found)}", columns, (key,))

    def _limited(self, depth: int) -> Source:
        """Write the first rows of a query, as a query."""
        made, inner, alias = self.query(depth - 1), self.scope.name("q"), self.scope.name("q")
        by, limit = order(made.writer(self.chance), floats_last(made.columns, made)), self.chance.randint(0, 4)
        text = f"(select * from ({made.text}) as {inner} order by {by} limit {limit}) as {alias}"
        return Source(f"select {alias}.* from {text}", made.columns, made.key)

    def _unnested(self, depth: int) -> Source:
        """Write a query with a row for each value of a list."""
        found = sources(self.scope, depth)
        writer = found.writer(self.chance)
        forms = {"[{i}, {i}]": "i", "[{s}, 'b', {s}]": "s", "generate_series(1, {j} % 5)": "i", "range({j} % 4)": "i",
                 "[{d}]": "d", "generate_series({j} % 3, 2)": "i", "[{o}, true]": "o",
                 "string_split({s}, 'n')": "s", "regexp_extract_all({s}, '[a-z]+')": "s", "range({j} % 9, 0, -2)": "i",
                 "generate_series(date '2013-01-30', date '2013-02-02', interval 1 day)": "t"}  # fmt: skip
        form = self.chance.choice(list(forms))
        items = [*self._keys(found), (f"unnest({writer.grown(form)})", forms[form]), (writer.value("s"), "s")]
        return self._select("select ", items, f"from {found.text}{self._where(found)}")


def floats_last(columns: Iterable[str], made: Source) -> list[str]:
    """Return columns with floats behind the others: the last digits of sums, which are chance, order no rows then."""
    return sorted(columns, key=lambda column: made.columns[column] == "f")
