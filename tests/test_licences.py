"""What others made and Roxham ships: every package named with a licence that lets us, and notices beside what is copied."""

from __future__ import annotations

import re

import pytest
from roxham_web import site

from ingest.core.home import REPOSITORY
from requirements import third_party

# Permissive, or copyleft of the file or the library only: nothing that asks the same of what uses it.
MAY_BE_SHIPPED = re.compile(
    r"(MIT(-0|-CMU)?|Apache-2\.0|BSD(-[23]-Clause)?|0BSD|ISC|PSF-2\.0|MPL-2\.0|Unlicense|Zlib|CC0-1\.0|Artistic-1\.0"
    r"|LGPL(-[23]\.[01]-(only|or-later))?)"
)
NOTICES = REPOSITORY / "web" / "roxham_web" / "assets" / "vega-licences.txt"


def names() -> set[str]:
    return {name for lock in third_party.LOCKS for name in third_party.locked(third_party.HERE / lock)}


def test_every_locked_package_stands_on_the_page_and_no_other() -> None:
    assert len(names()) > 200
    assert set(third_party.rows_of(third_party.PAGE)) == names()


def test_the_page_says_what_the_installed_packages_say() -> None:
    on_page = third_party.rows_of(third_party.PAGE)
    installed = {name: said for name in names() if (said := third_party.licence_of(name))}
    assert len(installed) > 150
    # Of numpy another version is locked for newer Pythons, with other parts in it.
    assert {name: said for name, said in installed.items() if on_page[name] != said and name != "numpy"} == {}


def test_every_licence_lets_roxham_be_shipped_with_it() -> None:
    for name, licence in third_party.rows_of(third_party.PAGE).items():
        choices = [each.split(" AND ") for each in licence.split(" OR ")]
        assert any(all(map(MAY_BE_SHIPPED.fullmatch, each)) for each in choices), f"{name}: {licence}"


@pytest.mark.parametrize(("said", "licence"), [
    ("License :: OSI Approved :: GNU General Public License v3 (GPLv3)", "GPL"),
    ("License :: OSI Approved :: GNU Affero General Public License v3", "GPL"),
    ("License :: OSI Approved :: GNU Lesser General Public License v3 or later (LGPLv3+)", "LGPL"),
])  # fmt: skip
def test_a_general_public_licence_is_told_from_the_lesser(said: str, licence: str) -> None:
    assert next(third_party._named(said)) == licence
    assert bool(MAY_BE_SHIPPED.fullmatch(licence)) == (licence == "LGPL")


def test_a_package_that_says_nothing_is_no_package_without_a_licence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(third_party, "metadata", lambda _: {})
    monkeypatch.setattr(third_party, "_words", lambda _: iter(("", "")))
    with pytest.raises(LookupError, match="made-up does not say its licence"):
        third_party.licence_of("made-up")


def test_the_notices_of_the_bundled_scripts_go_with_every_site() -> None:
    """The bundle is minified: not one notice is left in it, and its licences ask that they come along."""
    text = NOTICES.read_text(encoding="utf-8")
    for name in (
        "vega",
        "vega-lite",
        "vega-embed",
        "d3-array",
        "topojson-client",
        "fast-json-patch",
        "lodash.debounce",
    ):
        assert re.search(rf"(?m)(^|, ){re.escape(name)}(,| \()", text), name
    assert text.count("Redistribution and use in source and binary forms") >= 1
    assert text.count("Copyright") > 20
    assert NOTICES.parent == site.HERE / "assets", "site.py copies this folder into every site"
