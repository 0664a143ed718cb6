"""Runs suites with Great Expectations over a DuckDB file, read-only, and gives their results as check rows.

Great Expectations is imported once a process, when first needed (it costs seconds). A check that cannot be evaluated
is a bug of Roxham: it becomes ``broken_check:<name>``, which blocks but is never told as bad data.
"""

# Great Expectations ships no types that help here: its objects are Any, and only this module touches them.
# ruff: noqa: ANN401

from __future__ import annotations

import dataclasses
import functools
import importlib
import json
import logging
import operator
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from expectations import promises
from expectations.checks import SQL_CHECK, Asset, Check
from ingest.catalog.source import Source
from ingest.core.records import CheckResult, Stage
from ingest.core.trouble import MachineTrouble, tells_of_us

SHOWN = 8
NOTHING = "nothing to compare"
MEMORY_LIMIT = "1GB"


@dataclasses.dataclass(frozen=True)
class Subject:
    """What is being validated: stamped on every result."""

    stage: Stage
    source_id: str | None = None
    release_id: str | None = None


def validate_load(warehouse: Path, source: Source, release_id: str) -> list[CheckResult]:
    """Run the source's suite over one release in a load database (schema ``raw``).

    Returns:
        One result per check in the suite's order; broken checks and a suite that cannot be made included.
    """
    subject = Subject("load", source.id, release_id)
    try:
        suite = importlib.import_module(f"expectations.{source.id}").suite
        assets: list[Asset] = [*suite(release_id, source), *promises.assets(release_id, source)]
    except (ImportError, AttributeError, LookupError, duckdb.Error) as error:
        return [_broken("suite", error, subject)]
    return run(warehouse, assets, subject)


def validate_marts(warehouse: Path, out_dir: Path | None = None, current: Path | None = None) -> list[CheckResult]:
    """Run the marts' suite over a candidate warehouse; with ``out_dir``, also write ``marts.json`` there.

    ``current`` is the warehouse being served, against which nothing may be lost.
    """
    from expectations import marts

    subject = Subject("marts")
    try:
        assets = marts.suite(warehouse, current)
    except (ImportError, AttributeError, duckdb.Error) as error:
        results = [_broken("suite", error, subject)]
    else:
        results = run(warehouse, assets, subject, attached={marts.SERVED: current} if current else {})
    if out_dir is not None:
        write_results(out_dir / "marts.json", results)
    return results


def blocks(results: Iterable[CheckResult]) -> bool:
    """The severity gate: a failed critical check, or a broken one, keeps a load or a build from being served."""
    return any(result.blocks for result in results)


def results_json(results: Iterable[CheckResult]) -> str:
    """Results as JSON: the same results give the same bytes."""
    rows = [result.as_dict() for result in results]
    failed = [row for row in rows if not row["success"]]
    summary = {
        "blocks": any(row["severity"] == "critical" for row in failed),
        "checks": len(rows),
        "failed": {
            severity: sum(row["severity"] == severity for row in failed) for severity in ("critical", "warning", "info")
        },
    }
    return json.dumps({"summary": summary, "results": rows}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def write_results(path: Path, results: Sequence[CheckResult]) -> None:
    """Write ``results_json`` to a file, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(results_json(results), encoding="utf-8")


def run(
    warehouse: Path, assets: Sequence[Asset], subject: Subject, attached: Mapping[str, Path] | None = None
) -> list[CheckResult]:
    """Evaluate every check of every asset, in their order; ``attached`` are further files that queries name.

    The assets' rows are worked out once, into a scratch file beside the warehouse, and Great Expectations looks at
    that: its engines keep files open after they are done, and nobody may wait for the warehouse because of it.
    """
    scratch = warehouse.with_name(f"{warehouse.stem}.validation.duckdb")
    try:
        batches = _materialise({**(attached or {}), "warehouse": warehouse}, assets, scratch)
        with _data_source(scratch) as source:
            return [result for batch in batches for result in _run_batch(source, batch, subject)]
    finally:
        scratch.unlink(missing_ok=True)
        shutil.rmtree(scratch.with_suffix(".tmp"), ignore_errors=True)


@dataclasses.dataclass(frozen=True)
class Batch:
    """An asset whose rows lie in a table of the scratch file, or why they do not."""

    asset: Asset
    table: str
    error: str | None
    measured: Mapping[str, str]


def _materialise(files: Mapping[str, Path], assets: Sequence[Asset], scratch: Path) -> list[Batch]:
    scratch.unlink(missing_ok=True)
    # Bounded memory; what does not fit goes beside the scratch file, not into the working directory.
    settings = {
        "memory_limit": MEMORY_LIMIT,
        "temp_directory": str(scratch.with_suffix(".tmp")),
        # The file lives for a second and is never read in order.
        "force_compression": "uncompressed",
        "preserve_insertion_order": "false",
        # On a slow machine a bar of progress stood in what a command prints for machines.
        "enable_progress_bar": "false",
    }
    with duckdb.connect() as connection:
        for name, value in settings.items():
            connection.execute(f"set {name} = {_quoted(value)}")
        connection.execute(f"attach {_quoted(str(scratch))} as scratch")
        for name, file in files.items():
            connection.execute(f"attach {_quoted(str(file))} as {name} (read_only)")
        connection.execute("use warehouse")
        return [_materialise_one(connection, asset, number) for number, asset in enumerate(assets)]


def _materialise_one(connection: duckdb.DuckDBPyConnection, asset: Asset, number: int) -> Batch:
    table = f"batch_{number:02d}"
    try:
        connection.execute(f"create table scratch.main.{table} as {asset.query}")
    except duckdb.Error as error:
        return Batch(asset, table, str(error), {})
    measures = {check.name: check.measured for check in asset.checks if check.measured}
    return Batch(asset, table, None, {
        name: _measure(connection, query.format(batch=f"scratch.main.{table}")) for name, query in measures.items()
    })  # fmt: skip


def _measure(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    """What a passing check saw, ``NOTHING`` when it found nothing to look at. That it cannot be said stops nothing."""
    try:
        row = connection.execute(query).fetchone()
    except duckdb.Error as error:
        return f"not measured: {_first_line(str(error))}"
    return NOTHING if row is None or row[0] is None else str(row[0])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@functools.cache
def _great_expectations() -> Any:
    # Before the import, or its own set-up messages come through.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    import great_expectations

    return great_expectations


@functools.cache
def _context() -> Any:
    """The process's context: in memory, with nothing left on disk (the default one makes a folder for documents)."""
    base = importlib.import_module("great_expectations.data_context.types.base")
    config = base.DataContextConfig(
        store_backend_defaults=base.InMemoryStoreBackendDefaults(init_temp_docs_sites=False), analytics_enabled=False
    )
    context = _great_expectations().get_context(mode="ephemeral", project_config=config)
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    return context


@contextmanager
def _data_source(scratch: Path) -> Iterator[Any]:
    sources = _context().data_sources
    source = sources.add_sql(
        "scratch",
        connection_string=f"duckdb:///{scratch}?access_mode=read_only",
        # Without these two every expectation looks failed (duckdb has no autocommit level to roll back to).
        kwargs={"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True},
    )
    try:
        yield source
    finally:
        source.get_execution_engine().engine.dispose()
        source.get_engine().dispose()
        sources.delete("scratch")


def _run_batch(source: Any, batch: Batch, subject: Subject) -> list[CheckResult]:
    subject = dataclasses.replace(subject, source_id=batch.asset.source_id or subject.source_id)
    if batch.error is not None:
        return [_broken(check.name, batch.error, subject) for check in batch.asset.checks]
    evaluated = _evaluate(source, batch)
    return [
        each
        for check, result in zip(batch.asset.checks, evaluated, strict=True)
        for each in (
            [_broken(check.name, result, subject)]
            if isinstance(result, Exception)
            else _results(source, batch, check, result, subject)
        )
    ]


def _results(source: Any, batch: Batch, check: Check, evaluated: Any, subject: Subject) -> list[CheckResult]:
    """One result; of a failed check whose findings all name their source one for each of these."""
    words, flagged = _words(source, batch, check, evaluated), _flagged(source, batch, check, evaluated)
    whole = _result(check, evaluated, words, flagged, subject)
    if whole.success or not check.by_source or _exception(evaluated.exception_info) is not None:
        return [whole]
    found: dict[Any, list[str]] = {}
    for observed, source_id in _finding_rows(source, batch, check):
        found.setdefault(source_id, []).append(str(observed))
    if not found or None in found:
        return [whole]
    return [
        dataclasses.replace(whole, source_id=source_id, observed=_shortened(said, len(said)))
        for source_id, said in sorted(found.items())
    ]


def _evaluate(source: Any, batch: Batch) -> list[Any]:
    """Great Expectations' results in the order of the checks; of a check that it cannot take the exception.

    The checks share their metrics, and one that raises takes others of the batch with it: those are asked again, alone.
    """
    asset = source.add_table_asset(batch.table, table_name=batch.table)
    together = _validated(asset, batch, batch.asset.checks)
    return [
        _validated(asset, batch, [check])[0] if _raised(result) else result
        for check, result in zip(batch.asset.checks, together, strict=True)
    ]


def _raised(result: Any) -> bool:
    return isinstance(result, Exception) or _exception(result.exception_info) is not None


def _validated(asset: Any, batch: Batch, checks: Sequence[Check]) -> list[Any]:
    """One result per check, in their order; Great Expectations hands them over in an order of its own.

    Suite and results are ours to keep: stored in the context as well they would cost a quarter of the whole check.
    """
    try:
        expected = [_expectation(check, position) for position, check in enumerate(checks)]
        suite = _great_expectations().ExpectationSuite(batch.table, expectations=expected)
        validated = asset.get_batch(asset.build_batch_request()).validate(suite, result_format="COMPLETE")
    except Exception as error:  # noqa: BLE001 - what Great Expectations cannot take is our bug, not bad data
        return [error] * len(checks)
    return sorted(validated.results, key=lambda result: result.expectation_config.meta["position"])


def _expectation(check: Check, position: int) -> Any:
    kind = getattr(_great_expectations().expectations, check.kind)
    arguments = dict(check.arguments)
    if check.kind == SQL_CHECK:
        arguments["unexpected_rows_query"] = check.findings
    if check.rows:
        arguments["row_condition"] = _condition(check.rows)
    return kind(severity=check.severity, notes=check.reason, meta={"position": position}, **arguments)


def _condition(rows: Mapping[str, Any]) -> Any:
    """Great Expectations' condition for the rows that have these values."""
    column = importlib.import_module("great_expectations.expectations.row_conditions").Column
    each = [column(name).is_null() if value is None else column(name) == value for name, value in rows.items()]
    return functools.reduce(operator.and_, each)


def _result(
    check: Check, evaluated: Any, observed: str, cells: tuple[tuple[str, str], ...], subject: Subject
) -> CheckResult:
    raised = _exception(evaluated.exception_info)
    if raised is not None:
        if tells_of_us(raised):
            message = f"our own machine could not check {subject.release_id or 'the build'}: {_first_line(raised)}"
            raise MachineTrouble(message)
        return _broken(check.name, raised, subject)
    if evaluated.success and observed == NOTHING:
        return CheckResult(
            check.name, check.when_nothing, False, NOTHING, check.limit, check.reason, subject.source_id,
            subject.release_id, subject.stage, "completeness", overridable=True,
        )  # fmt: skip
    return CheckResult(
        check.name, check.severity, bool(evaluated.success), observed, check.limit, check.reason, subject.source_id,
        subject.release_id, subject.stage, check.about, check.overridable, cells,
    )  # fmt: skip


def _exception(info: Mapping[str, Any]) -> str | None:
    """The message of the exception that a check raised; info is one record, or one per metric."""
    records = [info] if "raised_exception" in info else [each for _, each in sorted(info.items(), key=str)]
    messages = sorted(str(each["exception_message"]) for each in records if each["raised_exception"])
    return messages[0] if messages else None


def _words(source: Any, batch: Batch, check: Check, evaluated: Any) -> str:
    """What the check saw, for a person: what was measured when it passed, what was found when it failed."""
    if evaluated.success:
        return batch.measured.get(check.name) or "none"
    if check.kind == SQL_CHECK:
        result = evaluated.result
        rows = (result.get("details") or {}).get("unexpected_rows", [])
        # Great Expectations hands over the first 200 findings and counts them all.
        counted = result.get("observed_value")
        return _shortened([str(row["observed"]) for row in rows], len(rows) if counted is None else int(counted))
    found = _findings(source, batch, check)
    return _shortened(found, len(found)) or _told(evaluated.result)


def _flagged(source: Any, batch: Batch, check: Check, evaluated: Any) -> tuple[tuple[str, str], ...]:
    """The printed cells that a failure puts in doubt, as (file, locator)."""
    if check.flags is None or evaluated.success or _exception(evaluated.exception_info) is not None:
        return ()
    with source.get_execution_engine().engine.connect() as connection:
        rows = connection.exec_driver_sql(check.flags.format(batch=batch.table)).fetchall()
    return tuple(sorted((str(sha256), str(locator)) for sha256, locator in rows))


def _findings(source: Any, batch: Batch, check: Check) -> list[str]:
    """What failed, in the words of the check's own query: Great Expectations counts values and knows no locators."""
    return [str(row[0]) for row in _finding_rows(source, batch, check)]


def _finding_rows(source: Any, batch: Batch, check: Check) -> list[Any]:
    if check.findings is None:
        return []
    with source.get_execution_engine().engine.connect() as connection:
        rows: list[Any] = connection.exec_driver_sql(check.findings.format(batch=batch.table)).fetchall()
    return rows


def _told(result: Mapping[str, Any]) -> str:
    """What Great Expectations itself says of a failure: a figure, or values and their number."""
    if result.get("observed_value") is not None:
        return str(result["observed_value"])
    return _shortened(
        [str(each) for each in result.get("partial_unexpected_list", [])], result.get("unexpected_count", 0)
    )


def _shortened(found: Sequence[str], count: int) -> str:
    more = f"; and {count - SHOWN} more" if count > SHOWN else ""
    return "; ".join(found[:SHOWN]) + more


def _first_line(message: str) -> str:
    return message.strip().partition("\n")[0]


def _broken(name: str, error: Exception | str, subject: Subject) -> CheckResult:
    """A check that could not be evaluated."""
    return CheckResult(
        f"broken_check:{name}",
        "critical",
        False,
        _first_line(str(error)),
        None,
        "the check itself could not be evaluated: a bug in Roxham, nothing is said about the data. It blocks, because "
        "what nobody could check is not served",
        subject.source_id,
        subject.release_id,
        subject.stage,
        "check",
    )
