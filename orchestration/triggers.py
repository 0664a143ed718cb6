"""Watches an agency's page and fires when it changed; runs in the triggerer, so it must be importable and async.

At least once: the fingerprint is stored after the event is out. Ingest is keyed by sha256, so a second event for the
same change costs one quiet run; a change that the watcher misses is found by the nightly sweep.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from airflow.triggers.base import BaseEventTrigger, TriggerEvent
from lxml import etree, html
from pydantic import JsonValue

from ingest.agency.http import user_agent
from ingest.core.clock import clock_from_environment
from ingest.core.settings import AgencySettings

STORE_KEY = "fingerprint"
TIMEOUT_SECONDS = 20.0
# For one look as a whole, however slowly the page drips: the next one is due before long.
LOOK_SECONDS = 120.0
# A watched page is a page: what is larger is not read to its end, its beginning tells that it changed.
MAX_BYTES = 8_000_000
# So far down a page says that it is one.
HEAD_BYTES = 4_096
# What of a page nobody reads.
UNSEEN = (etree.Comment, "script", "style", "noscript", "meta", "link", "input")


@dataclass(frozen=True)
class Sighting:
    """What a page looked like: its address, the agency's ETag, the hash of what it says (of a file: of its bytes)."""

    url: str
    etag: str | None
    sha256: str | None

    def same_as(self, other: Sighting | None) -> bool:
        """Whether nothing changed; either an equal ETag or equal bytes will do, since either alone may wobble."""
        if other is None or other.url != self.url:
            return False
        return (self.etag is not None and self.etag == other.etag) or (
            self.sha256 is not None and self.sha256 == other.sha256
        )

    def as_dict(self) -> dict[str, JsonValue]:
        """Plain data for the store and the event."""
        return {"url": self.url, "etag": self.etag, "sha256": self.sha256}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Sighting:
        """What ``as_dict`` gave."""
        return cls(kept["url"], kept["etag"], kept["sha256"])


class PageChanged(BaseEventTrigger):
    """Fires when a page is not what it was.

    Args:
        url: the agency's own address; ``{year}`` stands for the newest year for which there is a page.
        poll_seconds: time between two looks.
        first_year: the earliest year that ``{year}`` may be.
    """

    def __init__(self, url: str, poll_seconds: float, first_year: int | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.url = url
        self.poll_seconds = poll_seconds
        self.first_year = first_year

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """How the triggerer makes this trigger again after a restart."""
        return (
            "orchestration.triggers.PageChanged",
            {"url": self.url, "poll_seconds": self.poll_seconds, "first_year": self.first_year},
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Poll the page, fire when it changed, remember its state, sleep; for ever."""
        seen = await self._recall()
        while True:
            now = await self._look(seen)
            if now and not now.same_as(seen):
                yield TriggerEvent(now.as_dict())
                await self._remember(now)
                seen = now
            await asyncio.sleep(self.poll_seconds)

    async def _look(self, seen: Sighting | None) -> Sighting | None:
        """One poll; None when it told nothing. An agency that is down must not end the watch."""
        try:
            async with asyncio.timeout(LOOK_SECONDS), _client() as client:
                for url in self._addresses():
                    found = await self._ask(client, url, seen)
                    if found:
                        return found
            self.log.warning("the watched page %s is not there", self.url)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
            self.log.warning("looking at %s failed, the nightly sweep stays the net: %r", self.url, error)
        return None

    async def _ask(self, client: httpx.AsyncClient, url: str, seen: Sighting | None) -> Sighting | None:
        """One conditional GET; None for a page that is not there (a running year before its first month)."""
        known = seen if seen and seen.url == url else None
        target, headers = _route(url)
        if known and known.etag:
            headers["If-None-Match"] = known.etag
        async with client.stream("GET", target, headers=headers) as answer:
            if answer.status_code == httpx.codes.NOT_MODIFIED and known:
                return known
            if answer.status_code == httpx.codes.NOT_FOUND:
                return None
            if answer.status_code != httpx.codes.OK:
                message = f"{url} answered {answer.status_code}"
                raise httpx.HTTPError(message)
            return Sighting(url, answer.headers.get("etag"), await _hash(answer))

    def _addresses(self) -> Iterator[str]:
        if "{year}" not in self.url:
            yield self.url
            return
        this_year = clock_from_environment().now().year
        for year in range(this_year, (self.first_year or this_year) - 1, -1):
            yield self.url.replace("{year}", str(year))

    async def _recall(self) -> Sighting | None:
        store = self.asset_state_store
        kept = await store.aget(STORE_KEY) if store else None
        return Sighting.from_dict(kept) if isinstance(kept, dict) else None

    async def _remember(self, sighting: Sighting) -> None:
        # Airflow 3.3 keeps this store per asset, so that a restarted triggerer does not fire again.
        if self.asset_state_store:
            await self.asset_state_store.aset(STORE_KEY, sighting.as_dict())


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(
        follow_redirects=False,
        timeout=TIMEOUT_SECONDS,
        headers={"User-Agent": user_agent()},
        # To the sandbox straight, whatever proxy the machine has.
        trust_env=not AgencySettings().agency,
    )


def _route(url: str) -> tuple[str, dict[str, str]]:
    """Where to send the request: with ``ROXHAM_AGENCY`` set, path and query untouched and the agency in ``Host``."""
    agency = AgencySettings().agency.rstrip("/")
    if not agency:
        return url, {}
    parts = urlsplit(url)
    return agency + (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), {"Host": parts.netloc}


async def _hash(answer: httpx.Response) -> str:
    body = bytearray()
    async for piece in answer.aiter_bytes():
        body += piece
        if len(body) > MAX_BYTES:
            break
    # Reading a page takes a while, and the triggerer has other watchers.
    return await asyncio.to_thread(fingerprint, bytes(body))


def fingerprint(body: bytes) -> str:
    """The hash of what a reader sees of a page, and of where its links lead; of anything else the hash of its bytes.

    A page that carries a fresh nonce or the time of its making in every answer has not changed: taken by its bytes, it
    would start a run at every look.
    """
    try:
        said = _said(body) if b"<html" in body[:HEAD_BYTES].lower() else body
    except (etree.LxmlError, ValueError):
        said = body
    return hashlib.sha256(said).hexdigest()


def _said(page: bytes) -> bytes:
    tree = html.document_fromstring(page)
    etree.strip_elements(tree, *UNSEEN, with_tail=False)
    links = [str(each.get("href")) for each in tree.iter("a") if each.get("href")]
    text = " ".join(" ".join(str(each) for each in tree.itertext()).split())
    return "\n".join([text, *links]).encode(errors="replace")
