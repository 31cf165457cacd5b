"""Clients that we did not write, graded: what each of them does not do is known, and why.

docs/client-findings.md explains every line. A change here is news: a client was mended, or a check
was broken.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib.util import find_spec

import pytest

from tests.interop.processes import HERE, Running, cli, need

pytestmark = [pytest.mark.interop, pytest.mark.slow]

CLIENTS = {
    "cometd 9": ("node", str(HERE / "probe_cometd.mjs"), "--library", "cometd"),
    "cometd 3": ("node", str(HERE / "probe_cometd.mjs"), "--library", "cometd-oldest"),
    "faye": ("node", str(HERE / "probe_faye.mjs")),
    "aiocometd-ng": (sys.executable, str(HERE / "probe_aiocometd.py")),
}

EVERYBODY = {"NEGATIVE-INTERVAL": "warn", "HOSTS": "warn", "TRANSPORT-ADVICE": "info"}

KNOWN = {
    "cometd 9": EVERYBODY | {"STALE-ID": "info", "ACK-REPEAT": "info"},
    "cometd 3": EVERYBODY | {"ACK-REPEAT": "info"},
    "faye": EVERYBODY | {"INTERVAL": "fail", "BACKOFF": "warn"},
    "aiocometd-ng": EVERYBODY | {"NEGOTIATION": "fail", "STALE-ID": "info", "LOST-REPLY": "info"},
}


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_breaks_what_it_is_known_to_break(
    run: Callable[[Running], Running], name: str
) -> None:
    if name == "aiocometd-ng" and find_spec("aiocometd_ng") is None:
        need("aiocometd-ng is not installed: it is one of the development dependencies")
    graded = run(cli("probe", "-n", "6", "--format", "json", "--", *CLIENTS[name]))
    broken = 1 if "fail" in KNOWN[name].values() else 0
    assert graded.wait(within=180) == broken, graded.account()
    checks = json.loads("\n".join(graded.lines))["checks"]
    found = {
        check["id"].removeprefix("BAYEUX-CLIENT-"): check["outcome"]
        for check in checks
        if check["outcome"] in ("fail", "warn", "info", "error")
    }
    assert found == KNOWN[name]
