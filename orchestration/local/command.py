"""``python -m orchestration.local.command …``: Airflow's own command line over this home's Airflow (``roxham airflow …``).

It has the environment that ``make run`` and ``make up`` give their components: the same database, DAGs and secrets, nothing
written outside the home, no telemetry. Over a sample or a folder, a command that runs tasks finds the stand-in agency too.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from ingest.core.home import REPOSITORY, Home
from ingest.core.settings import AgencySettings, RunSettings
from orchestration import run_mode
from orchestration.airflow_settings import airflow_environment
from orchestration.dbt_group import ensure_manifest
from orchestration.local.airflow import free_port, migrate
from orchestration.local.processes import ProcessDied
from orchestration.run_mode import RunMode, WrongRunMode

# Commands of Airflow that run our tasks in their own process.
RUN_TASKS = (("dags", "test"), ("tasks", "test"))


def main(arguments: Sequence[str]) -> int:
    """Run that command; returns its exit code."""
    home = Home.from_environment()
    try:
        mode = _mode_of(home) if tuple(arguments[:2]) in RUN_TASKS else None
    except WrongRunMode as error:
        print(f"roxham: {error}", file=sys.stderr)
        return 2
    try:
        return _run(home, mode, arguments)
    except ProcessDied as error:
        print(f"roxham: {error}", file=sys.stderr)
        return 1


def _run(home: Home, mode: RunMode | None, arguments: Sequence[str]) -> int:
    # Nobody answers on that port: a command that only asks needs no server, and `make up` has its own.
    environment = airflow_environment(home, free_port(), REPOSITORY / "dags", {})
    migrate(home, environment)
    ensure_manifest(home)
    command = [sys.executable, "-m", "airflow", *arguments]
    if mode is None:
        return subprocess.run(command, env=environment, check=False).returncode
    with run_mode.agency(mode) as address:
        tasks = environment | mode.environment(address)
        return subprocess.run(command, env=tasks, check=False).returncode


def _mode_of(home: Home) -> RunMode | None:
    """The mode that this home was made over, with its stand-in agency; None where one answers already, or none is needed.

    Raises:
        WrongRunMode: when the home was made over a folder, and RELEASES does not say which.
    """
    if AgencySettings().agency or home.made_over in (None, "live"):
        return None
    if home.made_over == "folder" and not RunSettings().releases:
        message = f"{home.root} was made over a folder: say which with RELEASES=<folder>, it answers for the agencies"
        raise WrongRunMode(message)
    return run_mode.set_up(run_mode.run_mode_from_environment())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
