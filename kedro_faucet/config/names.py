"""The names that a pipeline gives its datasets, held against the catalog and the providers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from kedro_faucet.config.providers import split
from kedro_faucet.exceptions import ConfigError, did_you_mean


def check_names(nodes: Iterable[Any], catalog: Any, loader: Any) -> None:
    """Refuse a dataset of a pipeline that looks like a resource, yet is on no provider.

    Args:
        nodes: the nodes about to run.
        catalog: Kedro's catalog.
        loader: the loader of the configuration.

    Raises:
        ConfigError: naming the node, the dataset, and what is near.
    """
    providers, entries, known = loader["providers"], loader.written("catalog"), set(catalog.keys())
    for node in nodes:
        check_parameters(node, catalog)
        for name in (*node.inputs, *node.outputs):
            if "/" in name and not name.startswith("params:") and name not in known:
                check_provider(node.name, name, catalog, providers)
                check_entries(node.name, name, entries, providers, loader)


def check_parameters(node: Any, catalog: Any) -> None:
    """Refuse a parameter that no parameters.yml and no command line gives."""
    for name in node.inputs:
        if name.startswith("params:") and name not in catalog:
            near = did_you_mean(name, [each for each in catalog if each.startswith("params:")])
            raise ConfigError(
                f"Node '{node.name}': there is no '{name}': no parameters.yml of the profile has it.{near}"
            )


def check_provider(node: str, name: str, catalog: Any, providers: Mapping[str, Any]) -> None:
    """Refuse a name whose provider does not exist, or is written in other letters: Kedro's patterns take both cases."""
    pattern = catalog.config_resolver.match_dataset_pattern(name)
    ours = split(pattern, providers).provider if pattern else None
    if split(name, providers).provider or (pattern and not ours):
        return
    asked = name.partition("/")[0].rpartition(".")[2]
    hint = did_you_mean(asked, providers) or did_you_mean(asked.lower(), providers)
    raise ConfigError(
        f"Node '{node}': dataset '{name}' is on no provider: there is no '{asked}'.{hint} "
        f"Providers: {', '.join(providers) or 'none'}. Correct the name, or write an entry for it in catalog.yml."
    )


def check_entries(node: str, name: str, entries: Mapping[str, Any], providers: Mapping[str, Any], loader: Any) -> None:
    """Refuse a name without an entry where the catalog has an entry, used by no pipeline, that is nearly the same."""
    resources = [each for each in entries if split(each, providers).provider == split(name, providers).provider]
    near = [each for each in get_close_matches(name, resources, n=3, cutoff=0.85) if _letters(each) != _letters(name)]
    unused = [each for each in near if each not in _used()]
    if unused:
        raise ConfigError(
            f"Node '{node}': dataset '{name}' has no entry in the catalog. Did you mean '{unused[0]}' "
            f"({loader.origin('catalog', (unused[0],))})? No pipeline uses that entry: one of the two is misspelt."
        )


def _letters(name: str) -> str:
    """Return a name without digits: flights_2013 and flights_2014 are no misspellings of one another."""
    return "".join(letter for letter in name if not letter.isdigit())


def _used() -> set[str]:
    """Return the datasets of all pipelines of the project."""
    from kedro.framework.project import pipelines

    pipelines.set_requested(None)
    return {name for pipeline in pipelines.values() for name in pipeline.datasets()}
