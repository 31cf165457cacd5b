"""How Tapestry's own recorder stands between client and server, as one value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proxy_addons.mode import Mode
from tapestry.problems import Place, Problem
from tapestry.serving import Listen


@dataclass(frozen=True, slots=True)
class Settings:
    """How the proxy stands between client and server.

    ``tls`` lets clients come by TLS: with ``cert`` (a PEM file with key and chain), else with a
    certificate of mitmproxy's own authority. The upstream's certificate is checked against
    ``upstream_ca`` (a PEM file), else against the usual authorities, unless ``insecure``.
    ``rewrite`` are the server's origins that become the proxy's in what clients see; an empty tuple
    means the upstream's, ``None`` that nothing is rewritten.
    """

    listen: Listen = field(default_factory=Listen)
    mode: Mode = Mode.ONCE
    tls: bool = False
    cert: Path | None = None
    upstream_ca: Path | None = None
    insecure: bool = False
    rewrite: tuple[str, ...] | None = None

    def problems(self) -> Iterator[Problem]:
        """Yield what cannot work, before anything is opened."""
        for name, path in (("--cert", self.cert), ("--upstream-ca", self.upstream_ca)):
            if path is not None and not path.is_file():
                yield Problem(f"{name}: there is no such file", where=Place(str(path)))

    def tls_options(self) -> dict[str, Any]:
        """Return mitmproxy's options that say the same about TLS."""
        options: dict[str, Any] = {}
        if self.cert is not None:
            options["certs"] = [str(self.cert)]
        if self.upstream_ca is not None:
            options["ssl_verify_upstream_trusted_ca"] = str(self.upstream_ca)
        if self.insecure:
            options["ssl_insecure"] = True
        return options
