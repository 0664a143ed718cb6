"""Which hosts and addresses may be asked: never one that only means something inside a network."""

from __future__ import annotations

import ipaddress
import socket

# Addresses of IPv6 that carry one of IPv4 (mapped, compatible, translated, 6to4, Teredo) or of a site: where they lead
# is decided by somebody's gateway. Python counts most of them as global.
_CARRIERS = tuple(
    ipaddress.ip_network(each)
    for each in ("::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "fec0::/10")
)


def addresses_of(host: str) -> list[str]:
    """Every address that the machine's resolver gives for a host."""
    return sorted({str(entry[4][0]) for entry in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)})


def is_address(host: str) -> bool:
    """Whether the host is an IP address, not a name."""
    try:
        ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return False
    return True


def is_inner(host: str) -> bool:
    """Whether that is an address (or a name) that only means something inside a network."""
    if not is_address(host):
        return host == "localhost" or host.endswith((".localhost", ".internal", ".local"))
    address = ipaddress.ip_address(host.split("%")[0])
    carried = any(address in network for network in _CARRIERS if network.version == address.version)
    return carried or not address.is_global or address.is_multicast
