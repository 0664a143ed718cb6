"""The YAMLs are whole, and what they do not say is an error."""

import datetime as dt
import shutil
from pathlib import Path

import pytest
import yaml

from ingest.agency.fetch import fetch_source
from ingest.archive.manifest import Manifest
from ingest.archive.objects import Archive
from ingest.catalog.lookups import fold, resolve
from ingest.catalog.source import FOLDER, load_sources, read_source
from ingest.core.clock import FixedClock
from ingest.core.home import Home
from ingest.core.records import Attempt
from ingest.releases.parsers import parser_for
from monitoring.freshness import judge_sources


def test_every_source_names_a_parser_whose_tables_its_lookups_know() -> None:
    for source in load_sources().values():
        tables = parser_for(source.parser).TABLES
        for lookup in source.lookups.values():
            for column in lookup.columns:
                table, field = column.split(".")
                assert field in tables[table], f"{source.id}: lookup column {column}"
        for table in source.coverage.reference_columns.tables:
            assert {source.coverage.reference_columns.year, source.coverage.reference_columns.month} <= set(
                tables[table]
            )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda content: content.pop("notes"), "in this order"),
        (lambda content: content.update(extra=1), "in this order"),
        (lambda content: content["calendar"].update(extra=1), "Extra inputs"),
        (lambda content: content.update(id="other"), "file and id must agree"),
    ],
)
def test_a_yaml_with_missing_unknown_or_wrong_parts_is_refused(tmp_path: Path, change: object, said: str) -> None:
    content = yaml.safe_load((FOLDER / "cbp_nationwide_encounters.yaml").read_text())
    change(content)  # type: ignore[operator]
    path = tmp_path / "cbp_nationwide_encounters.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    with pytest.raises(ValueError, match=said):
        read_source(path)


def test_the_order_of_the_keys_is_part_of_the_contract(tmp_path: Path) -> None:
    path = tmp_path / "cbp_nationwide_encounters.yaml"
    shutil.copy(FOLDER / "cbp_nationwide_encounters.yaml", path)
    content = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump(dict(reversed(content.items())), sort_keys=False))
    with pytest.raises(ValueError, match="in this order"):
        read_source(path)


@pytest.mark.parametrize(
    ("lookup", "label", "value"),
    [
        ("place", "Nouveau- Brunswick", "CA-NB"),
        ("place", "Québec", "CA-QC"),
        ("place", "Total - GRC", "CA"),
        ("month", "fevr.", "2"),
        ("month", "Sept", "9"),
        ("table", "Total Asylum Claimants processed by the CBSA and IRCC, January - January 2024", "all_claimants"),
        ("place", "Atlantis", None),
        ("month", "Smarch", None),
    ],
)
def test_labels_mean_what_the_yaml_says_and_unknown_stays_unknown(lookup: str, label: str, value: str | None) -> None:
    assert resolve(load_sources()["ircc_rcmp_interceptions"].lookups[lookup], label) == value


def test_swb_is_swanton_and_no_border() -> None:
    """`AOR (Abbv)` SWB reads like the southwest border; the area's own name decides."""
    lookups = load_sources()["cbp_nationwide_encounters"].lookups
    assert resolve(lookups["area"], "Swanton Sector") == "usbp-sector-swanton"
    assert resolve(lookups["region"], "SWB") is None


def test_a_renamed_category_is_the_same_category() -> None:
    demographic = load_sources()["cbp_nationwide_encounters"].lookups["demographic"]
    assert resolve(demographic, "UC / Single Minors") == resolve(demographic, "UAC")


def test_folding_removes_typesetting_and_no_meaning() -> None:
    assert fold("Total\u00a0–  GRC\u200b") == "total-grc"
    assert fold("Quebec") != fold("Ontario")


def test_a_resource_may_have_one_format_or_several() -> None:
    """CBP's southwest table is a CSV, and at hand for one month only as a workbook."""
    sources = load_sources()
    assert sources["cbp_nationwide_encounters"].resources.items[0].format == ("csv",)
    assert sources["cbp_southwest_encounters"].resources.items[0].format == ("csv", "xlsx")


def test_a_series_that_nobody_serves_any_more_is_never_asked_for_and_not_failing(home: Home) -> None:
    """The dashboard was scraped; a request to its page would bring HTML every night and call the source failing."""
    source = load_sources()["cbp_southwest_dashboard"]
    long_after = FixedClock.on(dt.date(2026, 11, 22))
    attempt = Attempt(source.id, "scraped_table", "u", "archived", dt.datetime(2023, 3, 10, tzinfo=dt.UTC))
    with Manifest(home.manifest) as manifest:
        assert fetch_source(source, Archive(home), manifest, long_after).attempts == ()
        manifest.record_attempt(attempt)
        assert judge_sources(home, manifest, long_after.now())[source.id].status == "closed"


@pytest.mark.parametrize(
    ("source", "lookup", "label", "value"),
    [
        ("cbp_nationwide_encounters", "fiscal_year", "2027 (FYTD)", "2027"),
        ("cbp_nationwide_encounters", "state", "SD", "US-SD"),
        ("ircc_asylum_claimants", "citizenship", "Congo, Republic of the", "congo_republic"),
        ("ircc_asylum_claimants", "citizenship", "Israel", "israel"),
        ("ircc_asylum_claimants", "migration_period", "Jan 2025", "2025 to jan"),
        ("irb_irregular_claims", "country", "Djibouti", "djibouti"),
        ("irb_irregular_claims", "measure", "Finalized: Withdrawn and Other", "ca_irb_irregular_withdrawn_other"),
        ("ohss_khsm_usbp_encounters", "citizenship", "Sint Maarten", "sint_maarten"),
        ("ohss_monthly_tables", "upper", "Turkey", "citizenship:turkey"),
        ("usbp_apprehensions_page", "fiscal_year", "Sept 2026", "2026"),
        ("usbp_apprehensions_page", "month", "Sept 2026", "9"),
        ("irb_irregular_claims", "country", "All countries of Africa", None),
        ("ircc_asylum_claimants", "citizenship", "Africa", None),
        ("ohss_monthly_tables", "upper", "Africa", None),
    ],
)
def test_labels_of_the_agencies_own_vocabulary_are_known_and_no_others(
    source: str, lookup: str, label: str, value: str | None
) -> None:
    assert resolve(load_sources()[source].lookups[lookup], label) == value
