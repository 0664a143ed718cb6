"""``roxham airflow …``: Airflow's own command line, in the environment of this home's Airflow."""

from __future__ import annotations

import os
import subprocess
import sys

import click

from ingest.core.home import REPOSITORY, Home


@click.command(
    name="airflow",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False, "help_option_names": []},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def airflow(home: Home, arguments: tuple[str, ...]) -> None:
    """Airflow's own command line over this home's Airflow, such as `roxham airflow dags list`; its exit code is kept."""
    # By name, in a process of its own: nothing in this room knows Airflow.
    command = [sys.executable, "-m", "orchestration.local.command", *arguments]
    # Airflow makes folders when it is imported: in this home, whatever its caller's is.
    environment = os.environ | {"ROXHAM_HOME": str(home.root), "AIRFLOW_HOME": str(home.root / "airflow")}
    sys.exit(subprocess.run(command, cwd=REPOSITORY, env=environment, check=False).returncode)


VERBS = (airflow,)
