"""Polite, bounded and suspicious HTTP: one session per agency.

Everything that a stranger's server can do to a night is bounded here: time, number of retries, bytes on the wire, bytes
after decompression, and where a redirect may lead. A reply never raises; its ``trouble`` names what went wrong.

With ``ROXHAM_AGENCY`` set, every request goes to that address instead (the sandbox): path and query untouched, the
agency's host in the ``Host`` header, and the rules for redirects as strict as on the live agency.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import tempfile
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import HTTPError as TransportError
from urllib3.exceptions import IncompleteRead, MaxRetryError, NewConnectionError, ReadTimeoutError, TimeoutError
from urllib3.response import BaseHTTPResponse
from urllib3.util.retry import Retry

from ingest import __version__
from ingest.agency.addresses import addresses_of, is_address, is_inner
from ingest.agency.deadline import Deadline, WatchedAdapter
from ingest.agency.robots import MAX_BYTES as ROBOTS_MAX_BYTES
from ingest.agency.robots import NO_RULES, Robots
from ingest.core.foreign_text import count_of, http_moment
from ingest.core.outgoing_text import readable
from ingest.core.records import AttemptOutcome
from ingest.core.settings import AgencySettings

CHUNK = 1 << 16
# So much of a body that is refused (an error page, an over-size file) is kept for a person to look at.
EVIDENCE_BYTES = 1 << 20
MAX_HOPS = 5
# A wait of years is told as one of a month: the next night asks again.
LONGEST_WAIT_SECONDS = 31 * 24 * 3600
# After so many dead requests in a row the agency is taken to be down: the rest is asked once each, without retries.
PATIENCE = 2
REDIRECTS = frozenset({301, 302, 303, 307, 308})
RETRIED = frozenset({429, 500, 502, 503, 504})
# No cookies among them: what is recorded stays readable and holds no token.
KEPT_HEADERS = (
    "content-encoding", "content-length", "content-type", "date", "etag", "last-modified", "location", "retry-after",
)  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """Seconds and counts that bound one request; tests shrink them."""

    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    # For everything together, redirects, retries and waits included: a server that sends a byte now and then never
    # runs into read_seconds.
    request_seconds: float = 900.0
    retries: int = 3
    backoff_seconds: float = 1.0
    pause_seconds: float = 1.0


@dataclass(frozen=True)
class Validators:
    """What lets an agency answer "not modified": only sent to the address that gave them."""

    final_url: str
    etag: str | None = None
    last_modified: str | None = None

    def headers_for(self, url: str) -> dict[str, str]:
        """Conditional request headers for that address; none for any other."""
        if url != self.final_url:
            return {}
        pairs = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in pairs.items() if value}


@dataclass(frozen=True)
class _Question:
    folder: Path
    max_bytes: int
    validators: Validators | None
    with_body: bool


@dataclass(frozen=True)
class Reply:
    """What came back from one address, redirects included. ``body`` is a temporary file that the caller takes over."""

    url: str
    final_url: str
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: Path | None = None
    sha256: str | None = None
    size: int | None = None
    trouble: AttemptOutcome | None = None
    message: str = ""


class Trouble(Exception):
    """A request that cannot go on, with the outcome that the manifest will show."""

    def __init__(self, outcome: AttemptOutcome, message: str) -> None:
        super().__init__(message)
        self.outcome: AttemptOutcome = outcome


def user_agent() -> str:
    """Who asks. ``ROXHAM_CONTACT`` (an address or URL) tells the agency whom to write to."""
    return f"Roxham/{__version__} (+{AgencySettings().contact})"


class AgencySession:
    """All requests to one agency: retries, limits, politeness and the redirect rules.

    Args:
        domains: the only hosts that may answer, also after a redirect. Naming an IP address here allows it.
        agency: where the sandbox listens (default: ``ROXHAM_AGENCY``); empty means the agencies themselves, over https.
        limits: bounds of one request.
        sleep: how to wait between two requests.
        resolve: how to turn a host into addresses; asked at each hop on the live agencies.
        robots: whether each host's robots.txt is asked for, once, and obeyed (default: of the live agencies; a stand-in
            has none).
    """

    def __init__(
        self,
        domains: Iterable[str],
        *,
        agency: str | None = None,
        limits: Limits | None = None,
        sleep: Callable[[float], None] = time.sleep,
        resolve: Callable[[str], list[str]] = addresses_of,
        robots: bool | None = None,
    ) -> None:
        self.domains = frozenset(domain.lower().rstrip(".") for domain in domains)
        self.agency = (AgencySettings().agency if agency is None else agency).rstrip("/")
        self.limits = limits or Limits()
        self._sleep = sleep
        self._resolve = resolve
        self._ask_robots = not self.agency if robots is None else robots
        self._robots: dict[str, Robots] = {}
        # Hosts that asked for more patience than one request may have, and until when.
        self._not_before: dict[str, dt.datetime] = {}
        self._deadline = Deadline()
        self._dead_in_a_row = 0
        self._asked_before = False
        self._session = self._new_session()

    def __enter__(self) -> AgencySession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()
        self._deadline.close()

    def get(
        self, url: str, folder: Path, max_bytes: int, validators: Validators | None = None, *, with_body: bool = True
    ) -> Reply:
        """One conditional GET, redirects followed by hand, the body streamed into a new file in ``folder``.

        Args:
            url: the agency's own address, also when the sandbox answers.
            folder: where the temporary file goes; the caller moves or deletes it.
            max_bytes: the most that the body may have, on the wire and after decompression.
            validators: of the last good answer of this address.
            with_body: False only asks (for a dry run).

        Returns:
            The reply; ``trouble`` is None for a complete body, for 304 and, without body, for any 200.
        """
        with self._deadline.running(self.limits.request_seconds):
            reply = self._follow(Reply(url, url), _Question(folder, max_bytes, validators, with_body))
        self._remember_life(reply)
        return reply

    def _follow(self, reply: Reply, question: _Question) -> Reply:
        try:
            for _ in range(MAX_HOPS + 1):
                self._check_address(reply.final_url, redirected=reply.final_url != reply.url)
                self._check_welcome(reply.final_url)
                headers = question.validators.headers_for(reply.final_url) if question.validators else {}
                with self._request(reply.final_url, headers) as response:
                    reply = replace(reply, status=response.status_code, headers=_kept(response))
                    if response.status_code not in REDIRECTS:
                        return self._finish(reply, response, question, conditional=bool(headers))
                    reply = replace(reply, final_url=_next_address(reply))
            raise Trouble("redirect_refused", f"more than {MAX_HOPS} redirects, the last one to {reply.final_url}")
        except Trouble as trouble:
            return replace(reply, trouble=trouble.outcome, message=str(trouble))

    def _finish(self, reply: Reply, response: requests.Response, question: _Question, *, conditional: bool) -> Reply:
        if reply.status == requests.codes.not_modified:
            if conditional:
                return reply
            return replace(reply, trouble="http_error", message="answered 304 although nothing was asked conditionally")
        if reply.status != requests.codes.ok:
            reply = replace(reply, trouble="http_error", message=self._status_sentence(reply))
        if not question.with_body:
            return replace(reply, size=_announced(response))
        limit = question.max_bytes if reply.trouble is None else EVIDENCE_BYTES
        body = _download(response, question.folder, limit, self._deadline)
        if reply.trouble is not None:  # of an error page the beginning is enough, however it ended
            body = replace(body, trouble=reply.trouble, message=reply.message)
        return replace(
            reply, body=body.path, sha256=body.sha256, size=body.size, trouble=body.trouble, message=body.message
        )

    def _check_address(self, url: str, *, redirected: bool) -> None:
        """Refuse what is not https, not among the source's domains, or resolves into somebody's inner network."""
        verb = "redirects to" if redirected else "points to"
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower().rstrip("."), parts.port
        except ValueError as error:
            raise Trouble("redirect_refused", f"{verb} {url!r}, which is no address ({error})") from error
        allowed = host in self.domains
        if not allowed and is_inner(host):
            raise Trouble("redirect_refused", f"{verb} {url}, an address inside a private network")
        if not allowed:
            named = ", ".join(sorted(self.domains))
            raise Trouble("redirect_refused", f"{verb} {url}, whose host is none of the source's domains ({named})")
        if parts.scheme != "https" or port not in (None, 443) or parts.username is not None:
            raise Trouble("redirect_refused", f"{verb} {url}, which is not plain https on the usual port")
        if not self.agency and not is_address(host) and not self._through_proxy(url):
            self._check_resolved(host)

    def _check_welcome(self, url: str) -> None:
        """Refuse what the host closed to robots, or what it asked us not to ask for yet."""
        host = urlsplit(url).netloc
        until = self._not_before.get(host)
        if until and until > dt.datetime.now(dt.UTC):
            raise Trouble("http_error", f"not asked: {host} asked to wait until {until:%Y-%m-%d %H:%M:%S} UTC")
        if self._ask_robots and host not in self._robots:
            self._robots[host] = NO_RULES
            self._robots[host] = self._robots_of(host)
        if self._ask_robots and not self._robots[host].allows(url):
            raise Trouble("robots_refused", f"https://{host}/robots.txt closes {url} to robots")

    def _robots_of(self, host: str) -> Robots:
        """The rules of one host; none where it gives none: an agency that is down is told by the request itself."""
        content = bytearray()
        try:
            with self._request(f"https://{host}/robots.txt", {}) as response:
                if response.status_code == requests.codes.ok:
                    _pour(response, content.extend, ROBOTS_MAX_BYTES, self._deadline)
        except Trouble:
            pass
        return Robots(bytes(content)) if content else NO_RULES

    def _check_resolved(self, host: str) -> None:
        try:
            addresses = self._resolve(host)
        except (OSError, UnicodeError) as error:
            raise Trouble("unreachable", f"the name {host} cannot be resolved ({error})") from error
        inner = [address for address in addresses if is_inner(address)]
        if inner:
            raise Trouble("redirect_refused", f"{host} resolves to {inner[0]}, an address inside a private network")

    def _through_proxy(self, url: str) -> bool:
        # Behind a proxy it is the proxy that resolves names; this machine often cannot.
        return bool(requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url)))

    def _request(self, url: str, headers: dict[str, str]) -> requests.Response:
        self._wait_politely()
        parts = urlsplit(url)
        target = url
        if self.agency:
            target = self.agency + (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            headers = headers | {"Host": parts.netloc}
        timeout = (self.limits.connect_seconds, self.limits.read_seconds)
        try:
            return self._session.get(target, headers=headers, timeout=timeout, stream=True, allow_redirects=False)
        except (requests.RequestException, TransportError) as error:
            if self._deadline.over:
                raise Trouble("timeout", self._time_up("before an answer came")) from error
            raise _trouble_of(error, url, self.limits) from error

    def _time_up(self, when: str) -> str:
        return f"the time for the whole request ({self.limits.request_seconds:g} s) was up {when}"

    def _wait_politely(self) -> None:
        if self._asked_before and not self.agency and self.limits.pause_seconds:
            self._sleep(self.limits.pause_seconds)
        self._asked_before = True

    def _remember_life(self, reply: Reply) -> None:
        """An agency that is down must not cost minutes per file: after a few dead requests, retries stop."""
        dead = reply.trouble in ("timeout", "unreachable")
        self._dead_in_a_row = self._dead_in_a_row + 1 if dead else 0
        if self._dead_in_a_row in (0, PATIENCE):
            self._mount(self._session, 0 if dead else self.limits.retries)

    def _new_session(self) -> requests.Session:
        session = _OneHopSession()
        session.headers.update({"User-Agent": user_agent(), "Accept": "*/*", "Accept-Encoding": "gzip"})
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.verify = True
        # To the sandbox straight, whatever proxy or .netrc the machine has; to the agencies as the machine is set up.
        session.trust_env = not self.agency
        session.auth = _no_credentials
        self._mount(session, self.limits.retries)
        return session

    def _mount(self, session: requests.Session, retries: int) -> None:
        retry = _Retry(
            total=retries,
            redirect=False,
            allowed_methods={"GET"},
            status_forcelist=RETRIED,
            backoff_factor=self.limits.backoff_seconds,
            backoff_max=30,
            raise_on_status=False,
            deadline=self._deadline,
        )
        for scheme in ("https://", "http://"):
            session.mount(scheme, WatchedAdapter(self._deadline, max_retries=retry))

    def _status_sentence(self, reply: Reply) -> str:
        tried = f" also after {self.limits.retries} retries" if reply.status in RETRIED and self.limits.retries else ""
        seconds = seconds_asked(reply.headers.get("retry-after", "")) if reply.status in RETRIED else None
        if seconds is None or seconds <= self._deadline.left:
            return f"answered {reply.status}{tried}"
        until = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=min(seconds, LONGEST_WAIT_SECONDS))
        self._not_before[urlsplit(reply.final_url).netloc] = until
        return f"answered {reply.status} and asked to wait until {until:%Y-%m-%d %H:%M:%S} UTC"


def seconds_asked(retry_after: str) -> float | None:
    """How long a ``Retry-After`` header asks to wait; None when it is none that can be read."""
    seconds = count_of(retry_after.strip(" "))
    if seconds is not None:
        return float(seconds)
    try:
        return max(0.0, (http_moment(retry_after) - dt.datetime.now(dt.UTC)).total_seconds())
    except ValueError:
        return None


class _Retry(Retry):
    """urllib3's Retry within the deadline: what would wait beyond it ends with the answer that asked for the wait.

    An error's body is not read to its end, however far that is, before asking again.
    """

    def __init__(self, *arguments: Any, deadline: Deadline, **options: Any) -> None:  # noqa: ANN401  urllib3's own
        self._deadline = deadline
        super().__init__(*arguments, **options)

    def new(self, **changes: Any) -> Self:  # noqa: ANN401  urllib3's own
        return super().new(deadline=self._deadline, **changes)

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        return seconds_asked(response.headers.get("Retry-After", ""))

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        wait = self.get_retry_after(response) if response is not None else None
        too_long = wait is not None and wait >= self._deadline.left
        if _pool is not None and (too_long or self._deadline.over):
            raise MaxRetryError(_pool, url or "", error)
        following = super().increment(method, url, response, error, _pool, _stacktrace)
        if response is not None:
            response.close()
        return following


class _OneHopSession(requests.Session):
    """A session that leaves redirects alone.

    Even with ``allow_redirects=False`` requests looks ahead: it reads the whole body of the redirect, without limit,
    and stumbles over a broken Location. Seen as no redirect, the answer comes back untouched.
    """

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        return None


@dataclass(frozen=True)
class _Body:
    path: Path
    sha256: str
    size: int
    trouble: AttemptOutcome | None
    message: str


def _download(response: requests.Response, folder: Path, limit: int, deadline: Deadline) -> _Body:
    """Stream a body into a new file, within its limits; what came before a trouble stays in the file."""
    trouble: Trouble | None = None
    # The archive keeps files under their hash; until then the leading dot says "not an object yet".
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".incoming-", delete=False) as file:
        path = Path(file.name)
        try:
            _pour(response, file.write, limit, deadline)
        except Trouble as reason:
            trouble = reason
        except BaseException:  # a killed or broken night leaves no half files behind
            path.unlink(missing_ok=True)
            raise
    if trouble is not None and trouble.outcome == "too_large":
        os.truncate(path, min(path.stat().st_size, EVIDENCE_BYTES))
    with path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    outcome = trouble.outcome if trouble else None
    return _Body(path, sha256, path.stat().st_size, outcome, str(trouble) if trouble else "")


def _announced(response: requests.Response) -> int | None:
    """The length that the headers promise; None when they promise none.

    Raises:
        Trouble: unreadable_answer, when what they promise is no number of bytes.
    """
    told = response.headers.get("content-length")
    if told is None:
        return None
    # Sent twice with the same number, it reaches us as "5, 5".
    lengths = {count_of(each.strip(" ")) for each in told.split(",")}
    if len(lengths) != 1 or None in lengths:
        raise Trouble("unreadable_answer", f"the length {readable(told, 40)!r} that it announces is no number of bytes")
    return lengths.pop()


def _pour(response: requests.Response, write: Callable[[bytes], object], limit: int, deadline: Deadline) -> None:
    announced = _announced(response)
    if announced is not None and announced > limit:
        raise Trouble("too_large", f"the body is announced with {announced:,} bytes, the limit is {limit:,}")
    gzipped = response.headers.get("content-encoding", "").strip().lower() in ("gzip", "x-gzip")
    pieces = _wire(response, limit, deadline)
    size = 0
    for piece in _gunzip(pieces) if gzipped else pieces:
        size += len(piece)
        if size > limit:
            raise Trouble("too_large", f"the body has more than {limit:,} bytes after decompression; reading stopped")
        write(piece)


def _wire(response: requests.Response, limit: int, deadline: Deadline) -> Iterator[bytes]:
    """The body as it comes, not decompressed.

    Raises:
        Trouble: too_large, truncated (fewer bytes than announced), or timeout.
    """
    received = 0
    announced = _announced(response)
    try:
        while piece := response.raw.read1(CHUNK, decode_content=False):
            received += len(piece)
            if received > limit:
                raise Trouble("too_large", f"the body has more than {limit:,} bytes on the wire; reading stopped")
            if deadline.over:
                raise _too_slow(received)
            yield piece
    except ReadTimeoutError as error:
        raise Trouble("timeout", f"the server fell silent after {received:,} bytes of the body") from error
    except TransportError as error:
        if deadline.over:
            raise _too_slow(received) from error
        promised = f" of {announced:,}" if announced is not None else ""
        reason = "" if isinstance(error, IncompleteRead) or promised else f" ({error})"
        raise Trouble("truncated", f"the connection broke after {received:,}{promised} bytes{reason}") from error
    if deadline.over:  # a socket that was shut looks like a body that ended
        raise _too_slow(received)
    if announced is not None and received < announced:
        raise Trouble("truncated", f"the body ended after {received:,} of {announced:,} bytes")


def _too_slow(received: int) -> Trouble:
    return Trouble("timeout", f"the body came too slowly: {received:,} bytes when the time was up")


def _gunzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Decompress in small steps, so that a gzip bomb meets the byte limit before it meets the memory.

    Raises:
        Trouble: truncated, when the stream is damaged or ends before its end mark.
    """
    inflater, inside = zlib.decompressobj(wbits=31), False
    try:
        for piece in pieces:
            while piece:
                inside = True
                yield inflater.decompress(piece, CHUNK)
                piece = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
                if inflater.eof:  # a gzip stream may have several members
                    inflater, inside = zlib.decompressobj(wbits=31), False
        yield inflater.flush()
    except zlib.error as error:
        raise Trouble("truncated", f"the compressed body is damaged ({error})") from error
    if inside and not inflater.eof:
        raise Trouble("truncated", "the compressed body ends before its end mark")


def _next_address(reply: Reply) -> str:
    location = reply.headers.get("location", "")
    if not location:
        raise Trouble("http_error", f"answered {reply.status}, a redirect that does not say where to")
    try:
        return urljoin(reply.final_url, location)
    except ValueError as error:
        raise Trouble("redirect_refused", f"redirects to {location!r}, which is no address") from error


def _kept(response: requests.Response) -> dict[str, str]:
    return {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}


def _trouble_of(error: Exception, url: str, limits: Limits) -> Trouble:
    """Name what kept an answer from coming at all.

    urllib3 hides a read timeout behind "too many retries", and a refused connection is a timeout by its class.
    """
    cause: object = error.args[0] if error.args else error
    if isinstance(cause, MaxRetryError) and cause.reason is not None:
        cause = cause.reason
    refused = isinstance(cause, NewConnectionError)
    if not refused and (isinstance(error, requests.Timeout) or isinstance(cause, TimeoutError)):
        return Trouble("timeout", f"no answer within {limits.read_seconds:g} s, also after {limits.retries} retries")
    if isinstance(error, requests.exceptions.SSLError):
        return Trouble("unreachable", f"the certificate of {urlsplit(url).hostname} was not accepted ({cause})")
    return Trouble("unreachable", f"no connection to {urlsplit(url).hostname} ({cause})")


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    # requests would look into ~/.netrc; Roxham only asks for what everybody may have.
    return request
