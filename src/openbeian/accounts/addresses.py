"""Addresses on the internet: where a call comes from, and lists of where calls may come from (IP 白名单)."""

import ipaddress
from collections.abc import Iterable, Sequence
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest

from openbeian.accounts.errors import ClientRefused

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def caller_address(request: HttpRequest) -> str:
    """The address a request comes from.

    ``X-Forwarded-For`` counts only as far as it was written by proxies named in ``OPENBEIAN_TRUSTED_PROXIES``: it is
    read from its end, and the first address that is not such a proxy's is the caller's.
    """
    address = request.META.get("REMOTE_ADDR", "")
    proxies = settings.OPENBEIAN_TRUSTED_PROXIES
    if not proxies or not within(address, proxies):
        return address
    for hop in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        if not (hop := hop.strip()):
            continue
        if not _parsed(hop):
            break  # nobody we trust wrote this; the hop that passed it on stands for it
        address = hop
        if not within(hop, proxies):
            break
    return address


def within(address: str, networks: Sequence[str]) -> bool:
    """Whether an address lies in one of the networks. An address that is none lies nowhere."""
    parsed = _parsed(address)
    return parsed is not None and any(
        parsed.version == network.version and parsed in network for network in _networks(tuple(networks)))


def normal(entries: Iterable[str]) -> list[str]:
    """Addresses and networks in their usual form, sorted, each once. Raises :class:`ClientRefused` naming what is none."""
    found: set[Network] = set()
    for entry in entries:
        try:
            found.add(ipaddress.ip_network(entry.strip(), strict=False))
        except ValueError:
            raise ClientRefused(f"{entry!r} is neither an IP address nor a network such as 203.0.113.0/24") from None
    ordered = sorted(found, key=lambda network: (network.version, int(network.network_address), network.prefixlen))
    return [str(network.network_address) if network.num_addresses == 1 else str(network) for network in ordered]


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        return parsed.ipv4_mapped
    return parsed


@lru_cache(maxsize=1024)
def _networks(entries: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(entry) for entry in entries)
