"""The sandbox: an agency stand-in on loopback, the bundled sample and synthetic archives.

`Sandbox` serves a *releases folder* (see `sandbox.catalogue`) at the agencies' own paths, with a clock that moves
through the vintages and with faults on demand. Nothing here is imported by ingest/: Roxham meets the sandbox over HTTP,
as it meets an agency.
"""

from sandbox.faults import Fault
from sandbox.server import RequestLine, Sandbox

__all__ = ["Fault", "RequestLine", "Sandbox"]
