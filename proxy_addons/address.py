"""Keeps apart what the client calls the proxy and what the proxy calls the server.

A player and a rewriting of uris must know the first; the server must be told the second, for it
may serve many names. The recorder has mitmproxy leave the Host field alone, and sets it here.
"""

from __future__ import annotations

from mitmproxy import http

from proxy_addons.observe import PLAYED

ADDRESS = "tapestry_address"
"""Key of a flow's metadata: the origin by which the client knows the proxy."""


class AddressAddon:
    """Notes the proxy's address and names the upstream; stands after the replaying addon."""

    def __init__(self, authority: str) -> None:
        """Name the upstream ``authority``, that is HOST or HOST:PORT."""
        self._authority = authority

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Note and name."""
        flow.metadata[ADDRESS] = address_of(flow)
        if PLAYED not in flow.metadata:
            flow.request.host_header = self._authority


def address_of(flow: http.HTTPFlow) -> str:
    """Return the origin by which the client of ``flow`` knows the proxy."""
    known = flow.metadata.get(ADDRESS)
    if known is not None:
        return str(known)
    scheme = "https" if flow.client_conn.tls_established else "http"
    return f"{scheme}://{flow.request.host_header or _socket_name(flow)}"


def _socket_name(flow: http.HTTPFlow) -> str:
    name = flow.client_conn.sockname
    return f"{name[0]}:{name[1]}" if name else "localhost"
