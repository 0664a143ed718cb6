"""Parses the DAG folder in a process of its own, as the dag-processor does, and prints what came of it as JSON."""

import json
import sys

from airflow.dag_processing.dagbag import DagBag

HEAVY = {"great_expectations", "dbt", "pandas"}


def describe(dag: object) -> dict[str, object]:
    return {
        "doc_md": dag.doc_md,
        "tags": sorted(dag.tags),
        "owners": sorted({task.owner for task in dag.tasks}),
        "max_active_runs": dag.max_active_runs,
        "catchup": dag.catchup,
        "schedule": repr(dag.timetable),
        "cron": getattr(getattr(dag.timetable, "timetable", dag.timetable), "expression", None),
        "assets": sorted(
            asset.uri for asset in getattr(getattr(dag.timetable, "asset_condition", None), "objects", ())
        ),
        "watchers": sorted(
            watcher.name
            for asset in getattr(getattr(dag.timetable, "asset_condition", None), "objects", ())
            for watcher in asset.watchers
        ),
        "tasks": {
            task.task_id: {
                "upstream": sorted(task.upstream_task_ids),
                "retries": task.retries,
                "pool": task.pool,
                "timeout": task.execution_timeout.total_seconds() if task.execution_timeout else None,
                "tells": bool(task.on_failure_callback),
                "own_fallback": "_refuse_second_writer" in repr(getattr(task, "_fallback_to_non_watcher_run", "")),
                "outlets": sorted(outlet.name for outlet in task.outlets),
            }
            for task in dag.tasks
        },
    }


if __name__ == "__main__":
    bag = DagBag(dag_folder=sys.argv[1])
    print(
        "\n"
        + json.dumps(
            {
                "import_errors": bag.import_errors,
                "seconds": {each.file: each.duration.total_seconds() for each in bag.dagbag_stats},
                "heavy": sorted(HEAVY & {name.split(".")[0] for name in sys.modules}),
                "dags": {dag_id: describe(dag) for dag_id, dag in bag.dags.items()},
            }
        )
    )
