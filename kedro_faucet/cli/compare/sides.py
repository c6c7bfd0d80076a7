"""The two sides of a comparison: what each is called, and its table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kedro.framework.project import pipelines

from kedro_faucet.cli.catalog import exists, known, load, loaded
from kedro_faucet.datasets.places import deferred_from, source_of
from kedro_faucet.exceptions import ConfigError, FaucetError, ResourceError, did_you_mean

if TYPE_CHECKING:
    from kedro_faucet.datasets import HistoryDataset, MartDataset
    from kedro_faucet.engines import Table


@dataclass(frozen=True)
class Side:
    """A table, by the names that lead to it.

    Args:
        profile: whose it is.
        catalog: the profile's.
        resource: its name there; ``mart.star.fact_flight`` is a table of a mart.
        version: a number, a time, or nothing for the newest.
        view: what a history shows: ``intervals``, ``current``, or what its entry says.
    """

    profile: str
    catalog: Any
    resource: str
    version: str = ""
    view: str | None = None

    @property
    def _name(self) -> str:
        """The dataset."""
        mart = self.resource.partition(".")[0]
        return self.resource if self.resource in known(self.catalog) or mart not in known(self.catalog) else mart

    @property
    def dataset(self) -> Any:
        """The dataset.

        Raises:
            ResourceError: if there is none of that name.
        """
        names = known(self.catalog)
        if self._name not in names and self._name not in self.catalog:
            raise ResourceError(f"There is no resource '{self._name}'.{did_you_mean(self._name, names)}")
        return self.catalog.get(self._name)

    @property
    def _others(self) -> list[str]:
        return [name for name in known(self.catalog) if name != self._name]

    def check(self) -> None:
        """Refuse what is not there.

        Raises:
            ResourceError: naming the profile in which it is missing.
        """
        self.dataset  # noqa: B018  # its name first
        if not exists(self._name, self.catalog) and not deferred_from(self.dataset):
            raise ResourceError(
                f"'{self.resource}' is not there in profile '{self.profile}'.{did_you_mean(self._name, self._others)} "
                f"The pipeline that saves it has to run there: kedro run --env {self.profile}"
            )

    def tables(self) -> list[str]:
        """Return the names of the tables that are meant: of a mart all, else this one."""
        if type(self.dataset).__name__ != "MartDataset" or self.resource != self._name:
            return [self.resource]
        self.check()
        return [f"{self.resource}.{name}" for name in self.dataset.load()]

    def table(self, engine: Any) -> Table:
        """Return the table, read by an engine.

        Args:
            engine: what the profile that asks says of its engine.
        """
        self.check()
        kind = type(self.dataset).__name__
        if hasattr(self.dataset, "_engine_config"):
            self.dataset._engine_config = dict(engine)  # two tables are compared by one engine
        if kind == "MartDataset":
            return _of_mart(self.dataset, self.resource.partition(".")[2], engine)
        if kind == "HistoryDataset":
            return _of_history(self.dataset, self.version, self.view)
        return self._at_version() if self.version else load(self.resource, self.catalog)

    def _at_version(self) -> Table:
        given = getattr(self.dataset, "_init_args", None)
        if type(self.dataset).__name__ != "ResourceDataset" or given is None:
            raise ResourceError(f"'{self.resource}' has no versions: it is no resource of kedro-faucet.")
        if self.version.isdecimal():
            found = self.dataset.at_version(self.version)
        else:
            found = type(self.dataset)(**{**given, "at_version": None, "as_of": self.version})
        return loaded(self.resource, found)

    def key(self) -> list[str]:
        """Return the key that the entry, the history or the star's brick declares; nothing where none does."""
        kind = type(self.dataset).__name__
        if kind == "HistoryDataset":
            times = [] if self._is_state else ["valid_from"]
            return [*self.dataset.history().key, *times]
        return (self.dataset._key if kind == "ResourceDataset" else []) or _brick_s_key(self.resource)

    @property
    def _is_state(self) -> bool:
        """Whether a history shows one row a key."""
        timed = bool(self.version) and not self.version.isdecimal()
        return timed or (self.view or self.dataset.view.name) in ("current", "as_of")


def _of_history(dataset: HistoryDataset, version: str, view: str | None) -> Table:
    from kedro_faucet.datasets.history_options import View

    if version and not version.isdecimal():
        return dataset.as_of(version)
    history, shown = dataset.history(), View(view) if view else dataset.view
    history = replace(history, log=dataset.version(int(version))) if version else history
    return shown.of(history)


def _of_mart(dataset: MartDataset, name: str, engine: Any) -> Table:
    from kedro_faucet.datasets import ResourceDataset

    dataset = source_of(dataset)
    if dataset._service is not None and dataset._publication is None:
        raise ResourceError(f"The mart {dataset._filepath} is no file of this machine: fetch it to compare its tables.")
    if name not in (there := dataset.load()):
        raise ResourceError(f"The mart {dataset._filepath} has no table '{name}'.{did_you_mean(name, there)}")
    if dataset._publication is not None:
        said = {each: dataset._init_args.get(each) for each in ("service", "credentials")}
        return ResourceDataset(table=name.removeprefix("main."), **said, engine=engine).load()
    service = {"service": "duckdb", "path": dataset._filepath}
    return ResourceDataset(table=name, service=service, engine=engine).load()


def _brick_s_key(name: str) -> list[str]:
    """Return the key of what a brick makes: a dimension's own, a fact's grain, or what a merge goes by."""
    makers = [node for pipeline in pipelines.values() for node in pipeline.nodes if name in node.outputs]
    brick: Any = getattr(makers[0].func, "__self__", None) if makers else None
    brick = getattr(brick, "brick", brick)  # one with parameters of the run holds another
    if type(brick).__name__ == "Dimension":
        return [f"{brick.name}_key"]
    found: str | Sequence[str] = getattr(brick, "grain", None) or getattr(brick, "key", None) or []
    return [found] if isinstance(found, str) else list(found)


def other_side(text: str, left: Side, profiles: Sequence[str]) -> tuple[str, str, str]:
    """Return profile, resource and version of the other side, which says only what differs from the first.

    >>> left = Side("acc", {}, "lake/orders")
    >>> other_side("prod", left, ["acc", "prod"])
    ('prod', 'lake/orders', '')
    >>> other_side("@3", left, ["acc", "prod"]), other_side("lake/old", left, ["acc"])
    (('acc', 'lake/orders', '3'), ('acc', 'lake/old', ''))
    >>> other_side("prod:lake/old@3", left, ["acc", "prod"])
    ('prod', 'lake/old', '3')

    Raises:
        ConfigError: if it names a profile that does not exist; with the nearest.
        FaucetError: if it is the same as the first.
    """
    profile, colon, rest = text.partition(":")
    if text in profiles:
        profile, rest = text, ""
    elif not colon or "/" in profile or "@" in profile:  # of a time, the colon stands behind
        profile, rest = left.profile, text
    elif profile not in profiles:
        raise ConfigError(f"There is no profile '{profile}'.{did_you_mean(profile, profiles)}")
    resource, version = named(rest, left.catalog)
    found = (profile, resource or left.resource, version)
    if found == (left.profile, left.resource, left.version):
        raise FaucetError(
            f"'{text}' is what is compared itself: name another profile, a version such as @3, or another resource."
        )
    return found


def named(text: str, catalog: Any) -> tuple[str, str]:
    """Return a resource and its version, of which either may be left out.

    >>> named("lake/orders@3", []), named("@2013-01-31", []), named("lake/x@spark", ["lake/x@spark"])
    (('lake/orders', '3'), ('', '2013-01-31'), ('lake/x@spark', ''))
    """
    if text and text in catalog and "@" not in text:
        return text, ""
    name, _, version = text.partition("@")
    return (text, "") if version and not version[0].isdecimal() else (name, version)


def labels(left: Side, right: Side) -> tuple[str, str]:
    """Return what the two are called: what tells one from the other.

    >>> labels(Side("acc", None, "lake/x"), Side("prod", None, "lake/x"))
    ('acc', 'prod')
    >>> labels(Side("acc", None, "lake/x"), Side("acc", None, "lake/x", "3"))
    ('now', '@3')
    """
    sides = (left, right)
    found = ["", ""]
    for n, side in enumerate(sides):
        parts = [side.profile] if left.profile != right.profile else []
        parts += [side.resource] if left.resource != right.resource else []
        parts += [f"@{side.version}" if side.version else "now"] if left.version != right.version else []
        found[n] = " ".join(parts)
    return found[0], found[1]
