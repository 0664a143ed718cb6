"""Polls a source's addresses and archives what is new. Never parses, never decides what a figure means.

Per request: archive the bytes, look at what they are, write one row into the manifest. One address's failure never
stops the others; a night that failed says in one sentence each what happened, what is safe and what to do.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from ingest.agency.completeness import document_trouble
from ingest.agency.discover import ListedFile, listed_files
from ingest.agency.http import AgencySession, Reply, Validators
from ingest.agency.sniff import UNPACKED_TIMES, sniff_file
from ingest.archive.manifest import Manifest
from ingest.archive.objects import Archive
from ingest.catalog.source import Discover, Resource, Source
from ingest.core.clock import Clock
from ingest.core.foreign_text import http_moment
from ingest.core.home import Home
from ingest.core.outgoing_text import readable
from ingest.core.records import BUNDLED, GOOD_OUTCOMES, Attempt, AttemptOutcome, Basis, Published

LISTING_MAX_BYTES = 4_000_000
GONE_STATUSES = frozenset({404, 410})
# An agency's date may be a day ahead of our clock because its clock stands in another time zone.
CLOCKS_MAY_DIFFER = dt.timedelta(days=2)

ADVICE: dict[AttemptOutcome, str] = {
    "gone": "Look at the agency's site for where the page went, then correct the address in the source's YAML.",
    "http_error": "Usually the agency's own trouble: run the fetch again later; if it stays, open the address by hand.",
    "timeout": "Usually the agency's own trouble: run the fetch again later.",
    "unreachable": "Check this machine's network and name resolution, then run the fetch again.",
    "truncated": "The connection broke or the file is damaged: run the fetch again; what came is kept in the archive.",
    "wrong_type": "Look at the kept bytes (often an error page); if the format changed, the parser must learn.",
    "empty": "The agency published an empty file: run the fetch again later; if it stays, ask the agency.",
    "too_large": "If the agency's file really grew, raise max_bytes in the source's YAML; otherwise leave it refused.",
    "redirect_refused": "If the new address is the agency's, add its host to `domains` in the source's YAML.",
    "too_many_links": "Open the listing page: if all of them are the agency's, raise `max_links` in the source's YAML.",
    "robots_refused": "Ask the agency for leave, or where else it publishes; robots.txt is obeyed as it stands.",
    "unreadable_answer": "Keep the message: the answer is of a kind that Roxham does not know; others were still asked.",
    "no_links": "Open the listing page: its markup or its file names changed; correct `discover` in the source's YAML.",
}


@dataclass(frozen=True)
class FetchReport:
    """What one poll of one source came to.

    Args:
        attempts: one per request, in the order in which they were made.
        warnings: what a person should know although nothing failed.
        dry_run: nothing was archived or recorded; ``archived`` then means "would be fetched".
    """

    source_id: str
    attempts: tuple[Attempt, ...]
    warnings: tuple[str, ...] = ()
    dry_run: bool = False

    @property
    def counts(self) -> dict[str, int]:
        """How many requests ended in each outcome."""
        return dict(sorted(Counter(attempt.outcome for attempt in self.attempts).items()))

    @property
    def new_files(self) -> tuple[Attempt, ...]:
        """The files (not listing pages) that brought bytes never seen at their address."""
        return tuple(each for each in self.attempts if each.outcome == "archived" and each.role == "data")

    @property
    def failures(self) -> tuple[str, ...]:
        """One sentence per failed request: what happened, what is safe, what to do."""
        return tuple(failure_sentence(each) for each in self.attempts if each.outcome not in GOOD_OUTCOMES)

    @property
    def failed(self) -> bool:
        """Whether any request failed; the others were still made."""
        return bool(self.failures)

    def as_dict(self) -> dict[str, object]:
        """Plain data for ``--json`` and for task results."""
        return {
            "source_id": self.source_id,
            "dry_run": self.dry_run,
            "failed": self.failed,
            "counts": self.counts,
            "attempts": [_plain(attempt) for attempt in self.attempts],
            "failures": list(self.failures),
            "warnings": list(self.warnings),
        }

    def summary(self) -> str:
        """What a person reads: one line of counts, then a line per new file, failure and warning."""
        verb = "would fetch" if self.dry_run else "new"
        counts = ", ".join(f"{count} {outcome}" for outcome, count in self.counts.items()) or "nothing asked"
        lines = [f"{self.source_id}: {counts}"]
        lines += [f"  {verb}: {each.file_name} ({_size(each)}, {_dated(each)})" for each in self.new_files]
        lines += [f"  FAILED {sentence}" for sentence in self.failures]
        return "\n".join(lines + [f"  note: {warning}" for warning in self.warnings])


def fetch_source(
    source: Source,
    archive: Archive,
    manifest: Manifest,
    clock: Clock,
    *,
    session: AgencySession | None = None,
    dry_run: bool = False,
) -> FetchReport:
    """Poll every resource of a source once.

    Args:
        source: what to poll.
        archive: where bytes go; the temporary files of a download lie beside its objects.
        manifest: what earlier polls brought; gets one attempt per request, written right after it.
        clock: asked once, so that all attempts of a night carry the same time.
        session: how to reach the agency (default: a new one over the source's domains).
        dry_run: ask only, without bodies but those of listing pages; archive and record nothing.

    Returns:
        The report. Failures are outcomes in it, never exceptions.
    """
    with nullcontext(session) if session else AgencySession(source.resources.domains) as agency:
        poll = _Poll(source, archive, manifest, clock.now(), agency, dry_run, _origin(archive.home, agency))
        for resource in source.resources.items:
            if resource.polled:
                poll.resource(resource)
    return FetchReport(source.id, tuple(poll.attempts), tuple(poll.warnings), dry_run)


def _origin(home: Home, agency: AgencySession) -> str:
    """Who speaks: decided by where we ask and by the home, never by what an answer says of itself.

    What a stand-in serves is stamped as a sample, unless the home was made over a folder of real releases.
    """
    if not agency.agency:
        return "agency"
    return "folder" if home.made_over == "folder" else "sample"


def failure_sentence(attempt: Attempt) -> str:
    """What happened, what is safe, what to do: for whoever is woken by it."""
    advice = ADVICE.get(attempt.outcome, "Look at the manifest's last attempts.")
    # Of a body that was announced as too large no byte is read; there is nothing to look at then.
    kept = f" The bytes are kept as {attempt.sha256[:12]}…" if attempt.sha256 and attempt.bytes else ""
    return (
        f"{attempt.outcome}: {attempt.source_id}, {attempt.url}: {attempt.message}.{kept} Nothing of it became a release,"
        f" what was accepted before is still served. {advice}"
    )


@dataclass(frozen=True)
class _Target:
    """One address to ask, and what is known about it beforehand."""

    resource: Resource
    url: str
    listed: ListedFile | None = None
    # A page of a year that may not have begun: a 404 is no fault there.
    optional: bool = False
    discover: Discover | None = None

    @property
    def is_listing(self) -> bool:
        return self.discover is not None

    @property
    def file_name(self) -> str:
        return unquote(urlsplit(self.url).path).rstrip("/").rsplit("/", 1)[-1]

    @property
    def formats(self) -> tuple[str, ...]:
        return (self.discover.format,) if self.discover else self.resource.format

    @property
    def max_bytes(self) -> int:
        return LISTING_MAX_BYTES if self.is_listing else self.resource.max_bytes


@dataclass
class _Poll:
    source: Source
    archive: Archive
    manifest: Manifest
    now: dt.datetime
    agency: AgencySession
    dry_run: bool
    origin: str
    attempts: list[Attempt] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def resource(self, resource: Resource) -> None:
        if resource.bundled_path:
            self._bundled(resource, resource.bundled_path)
        elif resource.discover:
            self._listing(resource, resource.discover)
        elif resource.first_year is not None:
            self._year_pages(resource, resource.first_year)
        else:
            self._ask(_Target(resource, resource.url or ""))

    def _bundled(self, resource: Resource, path: Path) -> None:
        """A file of our own folder: nobody is asked, its bytes are archived like any other's."""
        url, sha256 = resource.bundled_address, hashlib.sha256(path.read_bytes()).hexdigest()
        known = self.manifest.has_bytes(self.source.id, url, sha256)
        if not self.dry_run:
            self.archive.put_file(path)
        self._record(
            Attempt(
                source_id=self.source.id,
                resource_id=resource.id,
                url=url,
                outcome="unchanged" if known else "archived",
                retrieved_at=self.now,
                sha256=sha256,
                bytes=path.stat().st_size,
                sniffed_type=sniff_file(path),
                origin=BUNDLED,
                file_name=path.name,
            )
        )

    def _year_pages(self, resource: Resource, first_year: int) -> None:
        years = range(first_year, self.now.year + 2)
        seen: list[int] = []
        for year in years:
            target = _Target(resource, (resource.url or "").replace("{year}", str(year)), optional=True)
            # All pages unknown to the agency is a site that moved, not a source that has nothing to say.
            moved_away = year == years[-1] and not seen
            attempt = self._ask(target, none_offered=moved_away)
            if attempt.outcome != "not_offered":
                seen.append(year)
        holes = [str(year) for year in years if seen and year < seen[-1] and year not in seen]
        if holes:
            self.warnings.append(f"{resource.id}: no page for {', '.join(holes)}, though there is one for {seen[-1]}")

    def _listing(self, resource: Resource, discover: Discover) -> None:
        target, files = _Target(resource, discover.page, discover=discover), list[ListedFile]()
        attempt = self._bounded(target, lambda: self._ask_listing(target, discover, files))
        if attempt.outcome in GOOD_OUTCOMES:
            for file in files:
                self._ask(_Target(resource, file.url, listed=file))

    def _ask_listing(self, target: _Target, discover: Discover, found: list[ListedFile]) -> Attempt:
        with tempfile.TemporaryDirectory(prefix="roxham-listing-") as folder:
            reply, previous = self._get(target, Path(folder) if self.dry_run else self.archive.objects)
            files, attempt = self._read_listing(target, discover, reply, previous)
        found.extend(files)
        return attempt

    def _read_listing(
        self, target: _Target, discover: Discover, reply: Reply, previous: Attempt | None
    ) -> tuple[list[ListedFile], Attempt]:
        content = b""
        if reply.body:
            content = reply.body.read_bytes()
        elif reply.status == 304 and previous and previous.sha256:
            content = self.archive.read(previous.sha256)
        attempt = self._judge(target, reply, previous)
        files = listed_files(content, reply.final_url, discover.link, discover.max_links + 1)
        if attempt.outcome in GOOD_OUTCOMES and len(files) < max(discover.min_links, 1):
            found = f"{len(files)} links match {discover.link!r}, at least {max(discover.min_links, 1)} are expected"
            attempt = replace(attempt, outcome="no_links", message=found)
        if attempt.outcome in GOOD_OUTCOMES and len(files) > discover.max_links:
            found = f"more than {discover.max_links} links match {discover.link!r}; none of them was asked for"
            attempt = replace(attempt, outcome="too_many_links", message=found)
        return files, attempt

    def _ask(self, target: _Target, *, none_offered: bool = False) -> Attempt:
        return self._bounded(target, lambda: self._ask_file(target, none_offered=none_offered))

    def _ask_file(self, target: _Target, *, none_offered: bool) -> Attempt:
        reply, previous = self._get(target, self.archive.objects)
        attempt = self._judge(target, reply, previous)
        if none_offered and attempt.outcome == "not_offered":
            message = "none of the year pages is there: the agency moved them, or the address is wrong"
            attempt = replace(attempt, outcome="no_links", message=message)
        return attempt

    def _bounded(self, target: _Target, ask: Callable[[], Attempt]) -> Attempt:
        """Make one request and record what came of it: whatever an agency sends, the next address is asked.

        Trouble of this machine (its disk, its database) is no verdict on an agency: it is raised.
        """
        try:
            attempt = ask()
        except (OSError, MemoryError, sqlite3.Error):
            raise
        except Exception as error:  # noqa: BLE001  the poll's boundary: recorded as an outcome of its own
            attempt = self._attempt(target, Reply(target.url, target.url, trouble="unreadable_answer",
                                                  message=f"{type(error).__name__}: {error}"))  # fmt: skip
        return self._record(attempt)

    def _get(self, target: _Target, folder: Path) -> tuple[Reply, Attempt | None]:
        """Ask one address, conditionally where the archive still holds what it gave before."""
        previous = self.manifest.last_good_attempt(self.source.id, target.url)
        if (
            previous and (previous.role == "listing") != target.is_listing
        ):  # a replayed file may be filed under its listing's address
            previous = None
        validators = _validators(previous) if previous and (previous.sha256 or "") in self.archive else None
        with_body = target.is_listing or not self.dry_run
        return self.agency.get(target.url, folder, target.max_bytes, validators, with_body=with_body), previous

    def _judge(self, target: _Target, reply: Reply, previous: Attempt | None) -> Attempt:
        """Archive the bytes, if any, and say what came of the request."""
        if reply.status == 304 and reply.trouble is None and previous:
            return self._unchanged(target, reply, previous)
        attempt = self._attempt(target, reply)
        if reply.trouble == "http_error" and reply.status in GONE_STATUSES:
            return self._missing(target, reply, attempt, seen=previous is not None)
        if reply.body is None:
            would = "would be fetched" if reply.trouble is None else ""
            return replace(attempt, message=reply.message or would)
        trouble, kind = self._look_into(target, reply)
        sha256 = self._keep(reply)
        outcome, message = trouble or ("archived", _remark(target, reply))
        if outcome == "archived" and self.manifest.has_bytes(self.source.id, target.url, reply.sha256 or ""):
            outcome = "unchanged"
        return replace(attempt, sha256=sha256, sniffed_type=kind, outcome=outcome, message=message)

    def _attempt(self, target: _Target, reply: Reply) -> Attempt:
        dated = reply.trouble is None and reply.status != 304 and not target.is_listing
        return Attempt(
            source_id=self.source.id,
            resource_id=target.resource.id,
            url=target.url,
            outcome=reply.trouble or "archived",
            retrieved_at=self.now,
            final_url=reply.final_url,
            status=reply.status,
            headers=reply.headers,
            bytes=reply.size,
            message=reply.message,
            published=self._published(target, reply) if dated else None,
            origin=self.origin,
            file_name=target.file_name,
            role=_role(target),
        )

    def _unchanged(self, target: _Target, reply: Reply, previous: Attempt) -> Attempt:
        # A 304 need not repeat the validators; without them the next night could not ask conditionally.
        remembered = {name: previous.headers[name] for name in ("etag", "last-modified") if name in previous.headers}
        return replace(
            self._attempt(target, reply),
            outcome="unchanged",
            headers=remembered | reply.headers,
            sha256=previous.sha256,
            bytes=previous.bytes,
            sniffed_type=previous.sniffed_type,
            message="not modified",
            published=previous.published,
        )

    def _missing(self, target: _Target, reply: Reply, attempt: Attempt, *, seen: bool) -> Attempt:
        """A 404: gone where there was a page, no fault where there never was one, else a broken address."""
        if target.optional and not seen:
            if reply.body:
                reply.body.unlink()
            return replace(attempt, outcome="not_offered", message=f"answered {reply.status}, never seen", bytes=None)
        if reply.body:
            attempt = replace(attempt, sniffed_type=sniff_file(reply.body), sha256=self._keep(reply))
        if seen:
            return replace(attempt, outcome="gone", message=f"answered {reply.status}, the page was there before")
        return attempt

    def _look_into(self, target: _Target, reply: Reply) -> tuple[tuple[AttemptOutcome, str] | None, str]:
        assert reply.body is not None  # noqa: S101
        kind = sniff_file(reply.body)
        if reply.trouble:
            return (reply.trouble, reply.message), kind
        formats = target.formats
        due = " or ".join(formats)
        if kind == "empty":
            return ("empty", f"a body of {reply.size} bytes without content, due was {due}"), kind
        if kind not in formats:
            named = reply.headers.get("content-type", "no type")
            return ("wrong_type", f"looks like {kind}, due was {due} (the agency calls it {named})"), kind
        return document_trouble(reply.body, kind, target.max_bytes * UNPACKED_TIMES), kind

    def _keep(self, reply: Reply) -> str | None:
        if reply.body is None or reply.sha256 is None or self.dry_run:
            return None
        self.archive.adopt(reply.body, reply.sha256)
        return reply.sha256

    def _published(self, target: _Target, reply: Reply) -> Published:
        """The date by the first of the YAML's bases that a request can know; the document's own is read later."""
        if target.listed and target.listed.note:
            self.warnings.append(f"{target.file_name}: {target.listed.note}")
        for basis in target.resource.published:
            published = _date_by(basis, target.listed, reply)
            if published and published.known_on <= (self.now + CLOCKS_MAY_DIFFER).date():
                return published
            if published:
                doubt = f"its date by the {basis}, {published.text}, lies after our clock and is not believed"
                self.warnings.append(f"{target.file_name}: {doubt}")
        return Published(self.now.date().isoformat(), "day", "first_seen")

    def _record(self, attempt: Attempt) -> Attempt:
        # An agency's words stand in its message, its address and its file name; no database takes a lone surrogate.
        attempt = replace(
            attempt,
            message=readable(attempt.message),
            final_url=attempt.final_url and readable(attempt.final_url),
            file_name=readable(attempt.file_name),
            headers={name: readable(value) for name, value in attempt.headers.items()},
        )
        if not self.dry_run:
            self.manifest.record_attempt(attempt)
        self.attempts.append(attempt)
        return attempt


def _role(target: _Target) -> Literal["data", "listing"]:
    return "listing" if target.is_listing else "data"


def _validators(previous: Attempt) -> Validators | None:
    etag, modified = previous.headers.get("etag"), previous.headers.get("last-modified")
    return Validators(previous.final_url or previous.url, etag, modified) if etag or modified else None


def _date_by(basis: Basis, listed: ListedFile | None, reply: Reply) -> Published | None:
    if basis == "listing":
        return listed.published if listed else None
    if basis == "header":
        return _header_date(reply.headers.get("last-modified", ""))
    return None


def _header_date(text: str) -> Published | None:
    try:
        return Published.from_text(http_moment(text).date().isoformat(), "header")
    except ValueError:
        return None


def _remark(target: _Target, reply: Reply) -> str:
    listed = target.listed.size if target.listed else None
    if listed is None or listed == reply.size:
        return ""
    return f"{reply.size:,} bytes came, the listing says {listed:,}"


def _plain(attempt: Attempt) -> dict[str, object]:
    plain = asdict(attempt)
    return plain | {"retrieved_at": attempt.retrieved_at.isoformat()}


def _size(attempt: Attempt) -> str:
    return f"{attempt.bytes:,} bytes" if attempt.bytes is not None else "size not told"


def _dated(attempt: Attempt) -> str:
    published = attempt.published
    return f"published {published.text} by {published.basis}" if published else "no date"
