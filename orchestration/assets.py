"""The assets, each defined once: the same name with another URI would fail as "inactive assets"."""

from __future__ import annotations

from functools import cache

from airflow.sdk import Asset, AssetAlias, AssetWatcher

from ingest.catalog.source import Source
from ingest.core.settings import OrchestrationSettings
from orchestration.triggers import PageChanged

# A new build is served. Extra: build_id, path, sample, releases.
PUBLISHED = Asset(name="roxham/published", uri="roxham://published")
# A source's state changed (fresh, late, frozen, failing, closed, held, not_collected). Extra: source_id, before, after, reason.
SOURCE_STATE = Asset(name="roxham/source_state", uri="roxham://source_state")
# Through an alias a task emits as many events as there is news, with an extra each, and none when there is none.
STATE_CHANGES = AssetAlias(name="roxham/source_state/changes")


@cache
def releases_of(source_id: str) -> Asset:
    """A source has a new accepted release.

    Extra of its events: release_id, sha256s, rows, first_month, last_month, published_at.
    """
    return Asset(name=f"roxham/{source_id}/releases", uri=f"roxham://releases/{source_id}")


@cache
def release_events_of(source_id: str) -> AssetAlias:
    """The alias through which a source's release events are emitted, one a release."""
    return AssetAlias(name=f"roxham/{source_id}/announcements")


@cache
def page_of(source_id: str, url: str, first_year: int | None) -> Asset:
    """A source's page at the agency; watched unless ``ROXHAM_WATCH_SECONDS`` is 0."""
    seconds = OrchestrationSettings().watch_seconds
    watchers = []
    if seconds > 0:
        trigger = PageChanged(url=url, poll_seconds=seconds, first_year=first_year)
        watchers.append(AssetWatcher(name=f"watch__{source_id}", trigger=trigger))
    return Asset(name=f"roxham/{source_id}/page", uri=f"roxham://page/{source_id}", watchers=watchers)


def page_of_source(source: Source) -> Asset:
    """The asset of the page that the source's YAML says to watch."""
    years = [item.first_year for item in source.resources.items if item.first_year is not None]
    return page_of(source.id, source.resources.page_url, min(years, default=None))
