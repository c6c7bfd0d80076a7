"""What cannot be is refused with file, line and the nearest name, before anything runs."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from kedro_faucet.exceptions import ConfigError

LAKE = {"conf/base/providers.yml": "providers:\n  lake: {path: data/lake}\n"}
RESOURCE = "type: kedro_faucet.ResourceDataset"


class Case(NamedTuple):
    """A project's files, the profile asked for, and what the error says."""

    files: dict[str, str]
    says: str
    env: str = "local"


CASES = {
    "a profile that does not exist": Case(
        {"conf/prod/parameters.yml": ""},
        "No profile 'prdo'. Did you mean 'prod'?\nSearched: conf (base, local, prod), then",
        env="prdo",
    ),
    "a parent that does not exist": Case(
        {"conf/acc/profile.yml": "inherits: [base]\n", "conf/prod/profile.yml": "# why\ninherits: [ac]\n"},
        "conf/prod/profile.yml:2: 'prod' inherits from 'ac', which does not exist (prod -> ac). Did you mean 'acc'?",
        env="prod",
    ),
    "a circle": Case(
        {"conf/acc/profile.yml": "inherits: [prod]\n", "conf/prod/profile.yml": "inherits: acc\n"},
        "prod -> acc -> prod",
        env="prod",
    ),
    "a profile.yml that says something else": Case(
        {"conf/prod/profile.yml": "inherit: [acc]\n"},
        "conf/prod/profile.yml:1: a profile says 'inherits:",
        env="prod",
    ),
    "a misspelt section": Case(
        {"conf/prod/engine.yml": "# Spark\nengin: {type: spark}\n"},
        "conf/prod/engine.yml:2: unknown key 'engin'. Did you mean 'engine'?",
        env="prod",
    ),
    "a misspelt key of the engine": Case(
        {"conf/base/engine.yml": "engine:\n  type: duckdb\n  memory_limt: 4GB\n"},
        "conf/base/engine.yml:3: 'engine': unknown key 'memory_limt'. Did you mean 'memory_limit'?",
    ),
    "a key of another engine": Case(
        {"conf/base/engine.yml": "engine:\n  master: local\n"},
        "conf/base/engine.yml:2: 'engine': unknown key 'master'.",
    ),
    "a misspelt engine": Case(
        {"conf/base/engine.yml": "engine:\n  type: sparc\n"},
        "conf/base/engine.yml:2: no engine 'sparc'; there are duckdb, spark. Did you mean 'spark'?",
    ),
    "a limit that is no size": Case(
        {"conf/base/engine.yml": "engine:\n  memory_limit: 4 giga\n"},
        "conf/base/engine.yml:2: 'engine': memory_limit is a number and a unit, as in memory_limit: 4GB.",
    ),
    "no threads": Case(
        {"conf/base/engine.yml": "engine:\n  threads: 0\n"},
        "conf/base/engine.yml:2: 'engine': threads: input should be greater than 0.",
    ),
    "a provider that says nothing": Case(
        {"conf/base/providers.yml": "providers:\n  lake:\n"},
        "conf/base/providers.yml:2: 'lake': it must hold names and values: service, path, format,",
    ),
    "an interpolation that a brace ends": Case(
        {"conf/base/providers.yml": "providers:\n  lake: {path: ${env:HOME}, format: csv}\n"},
        """Between { and } a value with ${…} needs quotes: {path: "${env:FOLDER}"}.""",
    ),
    "a misspelt service": Case(
        {"conf/base/providers.yml": "providers:\n  lake:\n    service: fiel\n    path: x\n"},
        "conf/base/providers.yml:3: the service 'fiel' does not exist. Did you mean 'file'? There are: file, ",
    ),
    "providers in a list": Case(
        {"conf/base/providers.yml": "providers: [lake]\n"},
        "conf/base/providers.yml:1: 'providers' must hold names and values.",
    ),
    "a misspelt provider": Case(
        {**LAKE, "conf/acc/catalog.yml": f"x:\n  {RESOURCE}\n  provider: lkae\n"},
        "conf/acc/catalog.yml:3: 'x' is on no provider: there is no 'lkae'. Did you mean 'lake'? Providers: lake.",
        env="acc",
    ),
    "a resource on a misspelt provider": Case(
        {**LAKE, "conf/base/catalog.yml": f"\nlkae/x:\n  {RESOURCE}\n"},
        "conf/base/catalog.yml:2: 'lkae/x' is on no provider: there is no 'lkae'. Did you mean 'lake'?",
    ),
    "a misspelt mode": Case(
        {**LAKE, "conf/base/catalog.yml": f"lake/x:\n  {RESOURCE}\n  save_args: {{\n    mode: mrege}}\n"},
        "conf/base/catalog.yml:4: 'lake/x': the mode 'mrege' does not exist. Did you mean 'merge'?",
    ),
    "a misspelt key of a nested mapping": Case(
        {**LAKE, "conf/base/catalog.yml": f"lake/x:\n  {RESOURCE}\n  load_args:\n    colums: {{a: DATE}}\n"},
        "conf/base/catalog.yml:4: 'lake/x': unknown key 'colums'. Did you mean 'columns'?",
    ),
    "credentials that no file holds": Case(
        {
            "conf/base/providers.yml": "providers:\n  lake: {path: x,\n    credentials: vualt}\n",
            "conf/local/credentials.yml": "vault: {password: hunter2}\n",
        },
        "conf/base/providers.yml:3: no credentials 'vualt' in credentials.yml. Did you mean 'vault'?",
    ),
    "a variable that is not set": Case(
        {"conf/base/engine.yml": "engine:\n  config:\n    a.b: ${env:SHOP_NOT_SET}\n"},
        "conf/base/engine.yml:3: The environment variable SHOP_NOT_SET is not set.",
    ),
    "an interpolation of nothing": Case(
        {"conf/base/engine.yml": "engine:\n  type: ${tpye}\n"},
        "conf/base/engine.yml:2: Interpolation key 'tpye' not found",
    ),
    "a file that is no YAML": Case(
        {"conf/base/engine.yml": "engine:\n  type: [duckdb\n"},
        "conf/base/engine.yml:3: this is no YAML: ",
    ),
    "a key twice in a file": Case(
        {"conf/base/engine.yml": "engine: {}\nengine: {}\n"},
        "conf/base/engine.yml:2: this is no YAML: found duplicate key engine",
    ),
    "a key in two files of a layer": Case(
        {"conf/base/engine.yml": "engine: {}\n", "conf/base/engine_more.yml": "engine: {}\n"},
        "Duplicate keys found in",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_files_are_refused_with_file_and_line(load, case):
    """What is wrong is said with file, line and the nearest name, and no secret is quoted."""
    files, says, env = CASES[case]
    with pytest.raises(ConfigError) as error:
        load(files, env)["catalog"]
    assert says in str(error.value)
    assert "hunter2" not in str(error.value)


def test_all_faults_of_an_entry_are_told_at_once(load):
    """Two misspellings in one entry give two lines, so that one run finds both."""
    text = f"lake/x:\n  {RESOURCE}\n  fromat: csv\n  load_args: {{nuls: [NA]}}\n"
    with pytest.raises(ConfigError) as error:
        load({**LAKE, "conf/base/catalog.yml": text})["catalog"]
    told = sorted(str(error.value).splitlines())
    assert [line.partition(" ")[0] for line in told] == ["conf/base/catalog.yml:3:", "conf/base/catalog.yml:4:"]
