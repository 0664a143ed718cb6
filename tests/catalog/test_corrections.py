"""The corrections register says what it expects, and a publisher that mends its figure is noticed."""

import shutil
from pathlib import Path

import duckdb
import pytest
import yaml

from expectations import runner
from ingest.catalog.corrections import REGISTER, load_corrections
from ingest.catalog.source import load_sources
from ingest.core.home import Home


def test_every_entry_is_about_a_measure_of_a_source_and_expects_something() -> None:
    measures = {measure.measure for source in load_sources().values() for measure in source.definition}
    for entry in load_corrections():
        assert entry.measure in measures
        assert entry.expected


@pytest.mark.parametrize(
    "change", [{"shown": "replaced"}, {"expect": {}}, {"status": "whatever"}, {"figure": 3}], ids=str
)
def test_an_entry_that_would_alter_a_figure_or_expects_nothing_is_refused(tmp_path: Path, change: dict) -> None:
    entries = yaml.safe_load(REGISTER.read_text(encoding="utf-8"))
    entries[0].update(change)
    register = tmp_path / "corrections.yaml"
    register.write_text(yaml.safe_dump(entries))
    with pytest.raises(ValueError, match=r"corrections|Correction"):
        load_corrections(register)


@pytest.mark.slow
@pytest.mark.xdist_group("sample")
def test_the_guard_fails_when_the_publisher_has_mended_the_figure(sample_home: Home, tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    shutil.copyfile(sample_home.current / "warehouse.duckdb", warehouse)
    guard = [each for each in runner.validate_marts(warehouse) if each.check == "corrections_still_needed"]
    assert [each.success for each in guard] == [True]
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            "update marts.rpt_corrections set published_value = 0, is_as_expected = false where month = '2018-07-01'"
        )
    [guard] = [each for each in runner.validate_marts(warehouse) if each.check == "corrections_still_needed"]
    assert not guard.success
    assert guard.severity == "warning"
    assert "ca_rcmp_2018_saskatchewan 2018-07: expected 1, published 0" in (guard.observed or "")
