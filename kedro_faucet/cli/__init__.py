"""``kedro faucet …``: looks at a project's profiles, providers, resources and configuration; tends notebooks."""

from __future__ import annotations

from pathlib import Path

import click
from kedro.framework.cli.utils import LazyGroup
from kedro.framework.startup import ProjectMetadata

from kedro_faucet.cli.ledger.run import run_command
from kedro_faucet.console.command import shown
from kedro_faucet.console.logs import configure


@click.group(name="kedro")
def commands() -> None:
    """Hold the commands that kedro-faucet adds to a project."""


@commands.group(
    cls=LazyGroup,
    lazy_subcommands={
        "add": "kedro_faucet.cli.scaffold.command.add",
        "check": "kedro_faucet.cli.check.check",
        "compare": "kedro_faucet.cli.compare.compare",
        "copy": "kedro_faucet.cli.copy.copy",
        "history": "kedro_faucet.cli.history.history",
        "head": "kedro_faucet.cli.tables.head.head",
        "joins": "kedro_faucet.cli.tables.joins.joins",
        "lineage": "kedro_faucet.cli.ledger.lineage.lineage",
        "maintain": "kedro_faucet.cli.maintain.maintain",
        "notebook": "kedro_faucet.cli.notebook.notebook",
        "plan": "kedro_faucet.cli.ledger.plan.plan",
        "profile": "kedro_faucet.cli.tables.profile.profile",
        "profiles": "kedro_faucet.cli.profiles.profiles",
        "providers": "kedro_faucet.cli.providers.providers",
        "publish": "kedro_faucet.cli.tables.publish.publish",
        "resources": "kedro_faucet.cli.tables.resources.resources",
        "retry": "kedro_faucet.cli.ledger.retry.retry",
        "runs": "kedro_faucet.cli.ledger.runs.runs",
        "scaffold": "kedro_faucet.cli.scaffold.command.scaffold",
        "schema": "kedro_faucet.cli.tables.head.schema",
        "show": "kedro_faucet.cli.show.show",
        "sql": "kedro_faucet.cli.tables.sql.sql",
    },
)
@click.pass_obj
def faucet(metadata: ProjectMetadata | None) -> None:
    """Look at profiles, providers, resources and configuration; tend notebooks."""
    configure(metadata.project_path if metadata else Path.cwd())  # Kedro logs to where the answer goes


commands.add_command(shown(run_command()))

__all__ = ["commands", "faucet"]
