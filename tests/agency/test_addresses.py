"""No request goes where only a network's own machines are reached, however the address is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.agency.addresses import is_inner
from ingest.agency.http import AgencySession, Limits


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0", "224.0.0.1", "::1", "::", "fe80::1", "fd00::1", "ff02::1",
     "::7f00:1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
     "64:ff9b:1::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:7f00:1::1", "fec0::1", "100.64.0.1", "192.0.2.1"],
)  # fmt: skip
def test_an_address_that_leads_inside_or_is_somebodys_gateway_is_not_public(address: str) -> None:
    """`64:ff9b::`, `2002:` and `::7f00:1` counted as public: each carries an address of IPv4 within."""
    assert is_inner(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2600:1401::1", "23.1.2.3", "www.cbp.gov"])
def test_a_public_address_is(address: str) -> None:
    assert not is_inner(address)


@pytest.mark.parametrize("address", ["2002:7f00:1::", "64:ff9b::7f00:1", "::7f00:1"])
def test_a_name_that_resolves_to_one_is_refused(tmp_path: Path, address: str) -> None:
    limits = Limits(pause_seconds=0, retries=0)
    with AgencySession(["www.cbp.gov"], agency="", limits=limits, resolve=lambda _: ["8.8.8.8", address]) as session:
        reply = session.get("https://www.cbp.gov/a.csv", tmp_path, 100)
    assert (reply.trouble, reply.status) == ("redirect_refused", None)


def test_a_name_that_no_resolver_can_take_is_unreachable(tmp_path: Path) -> None:
    long = "x" * 300 + ".example"

    def resolve(host: str) -> list[str]:
        return [host.encode("idna").decode()]

    with AgencySession([long], agency="", limits=Limits(pause_seconds=0, retries=0), resolve=resolve) as session:
        assert session.get(f"https://{long}/a.csv", tmp_path, 100).trouble == "unreachable"
