"""dbt inside Airflow: one producer runs ``dbt build`` on the candidate, and every model shows as a task (cosmos).

Two things are set otherwise than cosmos' WATCHER mode has them. A watcher that finds the producer failed would run its
model itself; here it may not: there is one writer, and a failed producer fails the build. And watchers start when the
producer has ended: sixty of them polling beside it made it four times slower on two cores than it is alone.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from types import MethodType
from typing import Any

from airflow.sdk import TriggerRule
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from cosmos import DbtTaskGroup, ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import ExecutionMode, InvocationMode, LoadMode, TestBehavior

from ingest.core.home import Home
from orchestration.airflow_settings import WATCHERS_POOL, WRITER_POOL
from warehouse import dbt

PRODUCER = "dbt_producer_watcher"
# Whatever publishes goes before what only shows.
LAST = {"pool": WATCHERS_POOL, "weight_rule": "absolute", "priority_weight": 0}
KEPT = ("run_results.json", "manifest.json")
SEEN_SUFFIXES = {".sql", ".yml", ".csv", ".md"}


def manifest_path(home: Home) -> Path:
    """Where the manifest lies from which the DAG file learns the models."""
    return home.dbt / "manifest" / "manifest.json"


def ensure_manifest(home: Home) -> Path:
    """Write the manifest unless it is there and made of the project as it stands; 5 to 7 s when it is not.

    Done before Airflow starts, so that parsing a DAG file never runs dbt.
    """
    kept, mark = manifest_path(home), manifest_path(home).with_name("project.sha256")
    wanted = _project_hash()
    if not kept.exists() or not mark.exists() or mark.read_text() != wanted:
        kept.parent.mkdir(parents=True, exist_ok=True)
        mark.unlink(missing_ok=True)
        draft = kept.with_suffix(".draft")
        shutil.copyfile(dbt.parse(home), draft)
        draft.replace(kept)
        mark.write_text(wanted)
    return kept


def dbt_group(home: Home, on_failure_callback: Any, **task_arguments: Any) -> tuple[DbtTaskGroup, Any]:  # noqa: ANN401
    """The task group of all models; must be made inside a DAG.

    Args:
        home: whose candidate is built.
        on_failure_callback: for the producer only, so that one failed build is one message.
        task_arguments: for every task of the group.

    Returns:
        The group, to come after what it needs, and its producer, for what needs the models. The watchers only show what
        the producer did: sixty of them between it and the readers would keep a release back for a minute.
    """
    variables = {"ROXHAM_CANDIDATE": str(home.candidate_warehouse), "DO_NOT_TRACK": "1"}
    group = DbtTaskGroup(
        group_id="dbt",
        project_config=ProjectConfig(dbt.PROJECT, manifest_path=manifest_path(home), install_dbt_deps=False),
        profile_config=ProfileConfig(
            profile_name="roxham", target_name="candidate", profiles_yml_filepath=dbt.PROJECT / "profiles.yml"
        ),
        render_config=RenderConfig(
            # The data tests run in one task of their own: a watcher each would double the tasks and the levels.
            load_method=LoadMode.DBT_MANIFEST,
            test_behavior=TestBehavior.NONE,
            emit_datasets=False,
        ),
        execution_config=ExecutionConfig(
            execution_mode=ExecutionMode.WATCHER,
            invocation_mode=InvocationMode.DBT_RUNNER,
            # Only the producer takes the writer's slot: its watchers in the same pool could deadlock.
            setup_operator_args={
                "pool": WRITER_POOL,
                "priority_weight": 1,
                "callback": keep_results,
                "on_failure_callback": on_failure_callback,
            },
        ),
        # What a watcher looks for is there when it starts, so it never defers, which would start it twice.
        operator_args={"env": variables, "append_env": True, "deferrable": False, "poke_interval": 1, "retries": 0}
        | LAST
        | task_arguments,
    )
    producer, watchers = _producer_and_watchers(group)
    for watcher in watchers:
        watcher._fallback_to_non_watcher_run = MethodType(_refuse_second_writer, watcher)
        watcher._handle_no_dbt_node_status = MethodType(_no_word, watcher)
        if not watcher.upstream_task_ids:
            producer >> watcher
            # Also after a failed producer, so that the model that failed shows; not when there is nothing to build.
            watcher.trigger_rule = TriggerRule.NONE_SKIPPED
    return group, producer


def keep_results(project_dir: str, context: Any = None) -> None:  # noqa: ANN401  cosmos' callback
    """Keep what dbt said of its tests: cosmos runs it in a temporary copy of the project."""
    target = Home.from_environment().dbt / "target"
    target.mkdir(parents=True, exist_ok=True)
    for name in KEPT:
        source = Path(project_dir) / "target" / name
        if source.exists():
            shutil.copyfile(source, target / name)


def forget_results(home: Home) -> None:
    """Delete an earlier run's test results, so that they can never be taken for this run's."""
    (home.dbt / "target" / "run_results.json").unlink(missing_ok=True)


def failed_nodes(home: Home) -> list[str]:
    """Models and tests of the last run that failed, each with dbt's own words."""
    path = home.dbt / "target" / "run_results.json"
    if not path.exists():
        return []
    results = json.loads(path.read_text())["results"]
    return [f"{each['unique_id']}: {each['message']}" for each in results if each["status"] in {"error", "fail"}]


def _refuse_second_writer(watcher: Any, *_: object, **__: object) -> bool:  # noqa: ANN401  a cosmos sensor
    message = f"{PRODUCER} said nothing of {watcher.model_unique_id}; see its log. One writer only: not run here."
    raise AirflowFailException(message)


def _no_word(watcher: Any, producer_state: str | None, *_: object) -> bool:  # noqa: ANN401  a cosmos sensor
    """The producer has ended and left no status: failed before it, or never started."""
    if producer_state == "upstream_failed":
        message = f"{PRODUCER} never started"
        raise AirflowSkipException(message)
    return _refuse_second_writer(watcher)


def _producer_and_watchers(group: Any) -> tuple[Any, list[Any]]:  # noqa: ANN401  Airflow's task groups
    tasks = list(group.iter_tasks())
    [producer] = [task for task in tasks if task.task_id == f"{group.group_id}.{PRODUCER}"]
    return producer, [task for task in tasks if hasattr(task, "_fallback_to_non_watcher_run")]


def _project_hash() -> str:
    digest = hashlib.sha256()
    for path in sorted(dbt.PROJECT.rglob("*")):
        inside = path.relative_to(dbt.PROJECT)
        if path.suffix in SEEN_SUFFIXES and not {"target", "logs"} & set(inside.parts):
            digest.update(str(inside).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def main() -> None:
    """``python -m orchestration.dbt_group``: write the manifest, for image builds and by hand."""
    print(ensure_manifest(Home.from_environment()))


if __name__ == "__main__":
    main()
