"""Where log lines go, and in which form."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import yaml

from kedro_faucet.console.records import JsonLines

FORM = "KEDRO_FAUCET_LOG_FORMAT"
FORMS = ("text", "json")
_OWN = Path(__file__).with_name("logging.yml")


def configure(project: Path, *, form: str | None = None, verbose: bool = False) -> None:
    """Write log lines as the project's conf/logging.yml says, wherever in it the command was typed; else as ours does.

    Args:
        project: the project's folder.
        form: ``text``, or ``json`` for a line of JSON a record; default: what the environment says.
        verbose: whether all of Kedro's are shown.
    """
    from kedro.framework.project import LOGGING, PACKAGE_NAME

    found = next(filter(Path.is_file, (project / f"conf/logging.{end}" for end in ("yml", "yaml"))), None)
    is_read = found is not None and Path.cwd() == project
    if not is_read and not os.environ.get("KEDRO_LOGGING_CONFIG"):
        LOGGING.configure(yaml.safe_load((found or _OWN).read_text("utf-8")))
        if PACKAGE_NAME:
            LOGGING.set_project_logging(PACKAGE_NAME)
    if verbose:
        logging.getLogger("kedro").setLevel(logging.INFO)
        logging.getLogger("kedro.pipeline.node").setLevel(logging.NOTSET)
    if form:
        os.environ[FORM] = form
    apply_form()


def apply_form() -> None:
    """Write lines of JSON where the run was asked to; workers are told by the environment."""
    if is_json():
        loggers = [logging.getLogger(), *map(logging.getLogger, list(logging.root.manager.loggerDict))]
        for handler in (handler for logger in loggers for handler in logger.handlers):
            handler.setFormatter(JsonLines())


def is_json() -> bool:
    """Tell whether lines of JSON were asked for."""
    return os.environ.get(FORM) == "json"
