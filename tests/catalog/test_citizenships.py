"""One register of citizenships: every source's labels lead to it, and no country has two ids."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import pycountry

from ingest.catalog.source import Source, load_sources
from ingest.core.home import REPOSITORY

REGISTER = {
    row["citizenship"]: row
    for row in csv.DictReader(
        (REPOSITORY / "dbt_project" / "seeds" / "citizenships.csv").open(encoding="utf-8", newline="")
    )
}
LOOKUPS = frozenset({"citizenship", "country"})
# The word of a source for its own totals: no citizenship, and NULL in the marts.
TOTAL = "all"


def named_by(source: Source) -> Iterator[str]:
    """The ids to which a source's labels lead."""
    for name, lookup in source.lookups.items():
        for value in [*lookup.labels.values(), *(each.value for each in lookup.patterns)]:
            if value.startswith("citizenship:"):
                yield value.removeprefix("citizenship:")
            elif name in LOOKUPS and value != TOTAL:
                yield value


def test_every_citizenship_of_every_source_is_in_the_register() -> None:
    """`turkiye` of one source was `turkey` of another, and the Democratic Republic of the Congo had three ids."""
    unknown = {source.id: sorted(set(named_by(source)) - set(REGISTER)) for source in load_sources().values()}
    assert {source: ids for source, ids in unknown.items() if ids} == {}
    assert len({each for source in load_sources().values() for each in named_by(source)}) > 200


def test_a_country_has_one_id_and_the_code_of_iso_3166() -> None:
    codes = [row["iso"] for row in REGISTER.values() if row["iso"]]
    assert sorted(codes) == sorted(set(codes))
    for row in REGISTER.values():
        if row["kind"] == "country" and row["citizenship"] != "kosovo":
            assert pycountry.countries.get(alpha_2=row["iso"]), row
        elif row["kind"] == "former_country":
            assert pycountry.historic_countries.get(alpha_4=row["iso"]), row
        else:
            assert not row["iso"], row
        assert row["name_en"] and row["name_fr"], row
