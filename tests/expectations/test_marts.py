"""The audit of a candidate's marts: sound marts pass, and each broken promise is told."""

from __future__ import annotations

import json
import shutil

import duckdb
import pytest

from expectations import cbp_nationwide_encounters, runner
from tests.support.small_loads import CBP, SmallRelease, altered, cbp_tables, failed, write_load

pytestmark = pytest.mark.slow
MARTS = """
create schema marts;
insert into raw.sources by name select 'cbp_nationwide_encounters' as source_id;
insert into raw.build values ('as_of', '2023-12-31');
update raw.releases set state = 'accepted';
create table marts.dim_source as select source_id from raw.sources;
create table marts.dim_measure as select 'us_cbp_encounters' as measure_id, source_id from raw.sources;
create table marts.dim_release as select release_id, source_id, state from raw.releases;
create table marts.fct_crossings_monthly as
    select concat_ws('/', month, geography_id) as cell_id, measure_id, month, geography_id,
        cast(value as bigint) as value, cast(null as text) as missing_reason, 'computed' as value_basis, release_id,
        sha256, 'sum' as locator, 'cbp_nationwide_encounters' as source_id
    from ({figures});
create table marts.fct_crossings_monthly_detail as
    select concat_ws('/', month, place, citizenship) as cell_id, 'us_cbp_encounters' as measure_id, month,
        place as geography_id, citizenship, n as value, cast(null as text) as missing_reason,
        'published' as value_basis, release_id, sha256, locator, 'cbp_nationwide_encounters' as source_id
    from ({dated}) join (select _locator as locator, lower(citizenship) as citizenship
        from raw.cbp_nationwide_encounters__state) using (locator);
create table marts.fct_crossings_monthly_vintages as
    select *, date '2023-12-15' as valid_from, cast(null as date) as valid_to, true as is_latest
    from marts.fct_crossings_monthly;
create table marts.rpt_discrepancies as
    select 'cbp_nationwide_encounters' as source_id, 'cuts' as kind, cast(null as text) as explanation,
        false as is_current;
"""


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A candidate warehouse with small, sound marts, one printed zero among them."""
    tables = {**cbp_tables(), "state": altered(cbp_tables()["state"], {"encounter_count": "0"})}
    path = write_load(
        tmp_path_factory.mktemp("marts") / "warehouse.duckdb", CBP,
        [SmallRelease("this", "2023-12-15", tables, state="pending")],
    )  # fmt: skip
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            MARTS.replace("{figures}", cbp_nationwide_encounters.figures(CBP)).replace(
                "{dated}", cbp_nationwide_encounters._dated(CBP, "state")
            )
        )
    return path


def audited(path, current=None, out_dir=None):
    """Results by check name."""
    return {result.check: result for result in runner.validate_marts(path, out_dir, current)}


def test_sound_marts_pass_and_leave_their_results_as_json(sound, tmp_path):
    results = audited(sound, current=sound, out_dir=tmp_path)
    assert failed(results) == set()
    assert results[f"every_zero_is_printed:{CBP}"].observed == "1 zeros served, 1 printed"
    assert "no_month_lost:fct_crossings_monthly" in results
    written = (tmp_path / "marts.json").read_bytes()
    assert json.loads(written)["summary"]["blocks"] is False
    audited(sound, current=sound, out_dir=tmp_path)
    assert (tmp_path / "marts.json").read_bytes() == written


FACT, DETAIL, LOG = "fct_crossings_monthly", "fct_crossings_monthly_detail", "fct_crossings_monthly_vintages"
OTHERS = "rcmp_press_vintages"
ONE = "rowid = (select min(rowid) from marts.{table})"


@pytest.mark.parametrize(
    ("statements", "checks"),
    [
        ([f"insert into marts.{FACT} select * from marts.{FACT} limit 1",
          f"update marts.{LOG} set measure_id = null where {ONE.format(table=LOG)}"],
         {f"key_is_unique:{FACT}", f"key_not_null:{LOG}.measure_id"}),
        ([f"update marts.{FACT} set value = null where {ONE.format(table=FACT)}",
          f"update marts.{DETAIL} set missing_reason = 'suppressed' where {ONE.format(table=DETAIL)}",
          f"update marts.{LOG} set value = null, missing_reason = 'lost it' where {ONE.format(table=LOG)}"],
         {f"value_or_reason:{FACT}", f"value_or_reason:{DETAIL}", f"value_or_reason:{LOG}"}),
        ([f"update marts.{FACT} set value = -1 where {ONE.format(table=FACT)}"],
         {f"no_negative_count:{FACT}.value", f"figures_lead_back_to_cells:{CBP}", f"latest_is_the_fact:{LOG}"}),
        (["update raw.releases set state = 'quarantined'"],
         {f"releases_accepted:{FACT}", f"releases_accepted:{DETAIL}"}),
        ([f"update marts.{LOG} set month = date '2099-01-01' where {ONE.format(table=LOG)}",
          f"update marts.{DETAIL} set month = date '1887-01-01' where {ONE.format(table=DETAIL)}"],
         {f"months_plausible:{LOG}", f"months_plausible:{DETAIL}"}),
        (["update marts.dim_measure set source_id = 'another'"], {f"measure_of_its_source:{FACT}"}),
        ([f"insert into marts.{LOG} select * replace (date '2023-12-20' as valid_from) from marts.{LOG} limit 1"],
         {f"one_latest_state:{LOG}", f"spans_follow_each_other:{LOG}"}),
        ([f"update marts.{FACT} set value = value + 1 where {ONE.format(table=FACT)}"],
         {f"figures_lead_back_to_cells:{CBP}", f"latest_is_the_fact:{LOG}"}),
        ([f"update marts.{DETAIL} set value = 0 where value = 14"], {f"every_zero_is_printed:{CBP}"}),
        ([f"delete from marts.{DETAIL} where value = 0"], {f"every_zero_is_printed:{CBP}"}),
        ([f"delete from marts.{FACT} where month = date '2023-01-01'",
          f"delete from marts.{LOG} where month = date '2023-01-01'"],
         {f"no_month_lost:{FACT}", f"figures_lead_back_to_cells:{CBP}"}),
        (["insert into raw.releases by name select 'lost' as release_id, 'accepted' as state, "
          "date '2023-10-01' as last_month"],
         {"accepted_releases_are_served"}),
        ([f"insert into raw.sources by name select '{OTHERS}' as source_id, true as is_secondary",
          f"insert into raw.releases by name select 'lost' as release_id, '{OTHERS}' as source_id, "
          "'accepted' as state"],
         {"accepted_releases_are_served"}),
        ([f"drop table marts.{LOG}"], {"marts_exist"}),
    ],
)  # fmt: skip
def test_a_broken_promise_is_told_by_its_check_and_blocks(sound, tmp_path, statements, checks):
    broken = tmp_path / "warehouse.duckdb"
    shutil.copyfile(sound, broken)
    with duckdb.connect(str(broken)) as connection:
        for statement in statements:
            connection.execute(statement)
    results = audited(broken, current=sound)
    assert checks <= failed(results, "critical")
    assert not [name for name in results if name.startswith("broken_check")]
    assert all(results[check].observed not in (None, "none") for check in checks)


def test_contradictions_are_told_as_a_warning_and_a_rejected_release_loses_no_month(sound, tmp_path):
    changed = tmp_path / "warehouse.duckdb"
    shutil.copyfile(sound, changed)
    with duckdb.connect(str(changed)) as connection:
        connection.execute("update marts.rpt_discrepancies set is_current = true")
        connection.execute("update raw.releases set state = 'rejected'")
        for table in (FACT, DETAIL, LOG):
            connection.execute(f"delete from marts.{table}")
    results = audited(changed, current=sound)
    assert failed(results) == {"agencies_contradict_themselves"}
    assert results["agencies_contradict_themselves"].observed == (
        "cbp_nationwide_encounters cuts: 1 contradictions, 0 explained"
    )


REVISED = """
alter table marts.fct_crossings_monthly add column is_final boolean default true;
create table marts.fct_revisions as select source_id, cell_id, release_id, value as from_value,
    missing_reason as from_missing_reason, {to_value} as to_value, cast(null as text) as to_missing_reason,
    {was_final} as was_final, 'revised' as change_kind from marts.fct_crossings_monthly where value > 0 limit 1;
"""


@pytest.mark.parametrize(
    ("to_value", "was_final", "told"),
    [("value + 1", True, True), ("value + 1", False, False)],
)
def test_a_final_figure_that_a_later_release_changed_is_told(sound, tmp_path, to_value, was_final, told):
    """IRCC's open data were served as final for 2015 to 2023, and the next file changed 518 of their cells."""
    changed = tmp_path / "warehouse.duckdb"
    shutil.copyfile(sound, changed)
    with duckdb.connect(str(changed)) as connection:
        connection.execute(REVISED.format(to_value=to_value, was_final=was_final))
    results = audited(changed, current=sound)
    assert failed(results) == ({"final_figures_stand_still"} if told else set())
    if told:
        assert "changed 1 final cells" in results["final_figures_stand_still"].observed


def test_a_row_that_comes_with_a_printed_zero_changed_no_final_figure(sound, tmp_path):
    """CBP's dashboard began to print zeros of fiscal 2020 where it had printed no row."""
    changed = tmp_path / "warehouse.duckdb"
    shutil.copyfile(sound, changed)
    with duckdb.connect(str(changed)) as connection:
        connection.execute(REVISED.format(to_value="0", was_final=True))
        connection.execute("update marts.fct_revisions set from_value = null, from_missing_reason = 'not_listed'")
    assert failed(audited(changed, current=sound)) == set()


def test_an_empty_warehouse_is_told_and_not_served(tmp_path):
    path = tmp_path / "warehouse.duckdb"
    duckdb.connect(str(path)).close()
    results = audited(path)
    assert "marts_exist" in failed(results, "critical")
