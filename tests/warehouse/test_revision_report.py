"""Each release's revision report, as JSON and in the feed, says what the tables say."""

import json
import xml.etree.ElementTree as ElementTree

import pytest

from ingest.core.home import Home
from warehouse.queries import ask
from warehouse.revision_report import file_name, in_words

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("sample")]
ATOM = "{http://www.w3.org/2005/Atom}"


def test_every_release_has_a_report_that_agrees_with_the_tables(sample_home: Home) -> None:
    summaries = ask(sample_home, "select * from marts.rpt_release_summary")
    assert summaries
    for summary in summaries:
        report = json.loads((sample_home.current / "revisions" / file_name(summary["release_id"])).read_text())
        assert report["cells_revised"] == summary["cells_revised"]
        assert report["sample"] is True
        of_tables = ask(
            sample_home,
            "select count(*) as n from marts.fct_revisions where release_id = $release_id",
            {"release_id": summary["release_id"]},
        )
        assert sum(change["cells"] for change in report["changes"]) == of_tables[0]["n"]
        assert len(report["largest_changes"]) == min(50, of_tables[0]["n"])


def test_the_feed_is_atom_with_an_entry_a_release_newest_first_stamped_sample(sample_home: Home) -> None:
    feed = ElementTree.parse(sample_home.current / "feed.xml").getroot()
    entries = feed.findall(f"{ATOM}entry")
    summaries = ask(sample_home, "select * from marts.rpt_release_summary order by published_at, release_id")
    assert [entry.findtext(f"{ATOM}id").rpartition(":")[2] for entry in entries] == [
        each["release_id"] for each in reversed(summaries)
    ]
    assert entries[0].findtext(f"{ATOM}content") == in_words(summaries[-1])
    assert all(entry.findtext(f"{ATOM}title").startswith("SAMPLE: ") for entry in entries)
    for entry in entries:
        assert (sample_home.current / entry.find(f"{ATOM}link").get("href")).is_file()
