"""One deadline over a whole request: connecting, TLS, headers, body, trailers, retries and redirects together.

A time-out per read does not bound a server that sends a byte now and then, an endless row of ``100 Continue`` or
trailers without end. When the time is up, the sockets of the request are shut from another thread, and whatever was
reading them sees the end of the stream.
"""

from __future__ import annotations

import contextlib
import math
import socket
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError
from urllib3.poolmanager import PoolManager


class Deadline:
    """When the running request must have ended. Belongs to one session, which asks one thing at a time."""

    def __init__(self) -> None:
        self._ends = math.inf
        self._lock = threading.Lock()
        # Of each connection a second handle on its socket: the first changes hands when TLS begins, and is let go of
        # before a body without length is read.
        self._watched: list[tuple[weakref.ref[HTTPConnection], socket.socket]] = []

    @property
    def left(self) -> float:
        """Seconds until the end; infinite while nothing runs."""
        return self._ends - time.monotonic()

    @property
    def over(self) -> bool:
        """Whether the running request has used up its time."""
        return self.left <= 0

    @contextmanager
    def running(self, seconds: float) -> Iterator[None]:
        """Bound what happens inside to so many seconds."""
        timer = threading.Timer(seconds, self._shut)
        timer.daemon = True
        self._ends = time.monotonic() + seconds
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            with self._lock:
                self._ends = math.inf
                self._let_go(closed_only=True)

    def watch(self, connection: HTTPConnection, opened: socket.socket) -> None:
        """Keep a handle on a new connection's socket."""
        with self._lock:
            self._watched.append((weakref.ref(connection), opened.dup()))

    def close(self) -> None:
        """Let go of every socket."""
        with self._lock:
            self._let_go(closed_only=False)

    def _shut(self) -> None:
        with self._lock:
            if self.left > 0:  # the request ended in the moment in which the timer went off
                return
            for _, handle in self._watched:
                with contextlib.suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)

    def _let_go(self, *, closed_only: bool) -> None:
        kept = []
        for reference, handle in self._watched:
            connection = reference()
            if closed_only and connection is not None and connection.sock is not None:
                kept.append((reference, handle))
            else:
                handle.close()
        self._watched = kept


class WatchedAdapter(HTTPAdapter):
    """An adapter of requests whose connections are shut when the deadline is over."""

    def __init__(self, deadline: Deadline, **options: Any) -> None:  # noqa: ANN401  requests' own
        self._pools = _watched_pools(deadline)
        super().__init__(**options)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401  requests' own
        """As requests makes it, with watched pools."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **options: Any) -> PoolManager:  # noqa: ANN401  requests' own
        """As requests makes it, with watched pools."""
        manager: PoolManager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _watched_pools(deadline: Deadline) -> dict[str, type[HTTPConnectionPool]]:
    def watch(connection: HTTPConnection, opened: socket.socket) -> socket.socket:
        if deadline.over:
            opened.close()
            raise ConnectTimeoutError(connection, "the time for the whole request was up")
        deadline.watch(connection, opened)
        return opened

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return watch(self, super()._new_conn())

    class Tls(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return watch(self, super()._new_conn())

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = Tls

    return {"http": PlainPool, "https": TlsPool}
