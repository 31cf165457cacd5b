"""Makes what no client should send to a Bayeux server: for ``fuzz_bayeux.py``.

Three kinds: recorded bodies mangled byte by byte; messages that are right in most fields, so that
they get far, and wrong in some; and noise. All of it follows from the random source it is given.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

CHANNELS = ["handshake", "connect", "disconnect", "subscribe", "unsubscribe", "x", ""]
CHANNELS += ["connect", "connect", "connect", "handshake"]
NAMES = ["id", "clientId", "data", "ext", "advice", "subscription", "version", "minimumVersion"]
NAMES += ["supportedConnectionTypes", "connectionType", "successful", "channel", "__proto__"]


class Mangler:
    """Makes bodies that no client should send."""

    def __init__(self, random: Random, seeds: list[bytes]) -> None:
        """Mangle ``seeds``; ``clients`` are clientIds to use, the caller's to renew."""
        self.random = random
        self.seeds = seeds
        self.clients = ["victim"]

    def body(self) -> bytes:
        """Return one body."""
        kind = self.random.random()
        if kind < 0.45:
            return self._mangled(self.random.choice(self.seeds))
        if kind < 0.95:
            messages: Any = [self.message() for _ in range(self.random.choice([1, 1, 1, 2, 5]))]
            return json.dumps(messages if self.random.random() < 0.9 else messages[0]).encode()
        return self.random.randbytes(self.random.choice([1, 20, 300]))

    def message(self) -> dict[str, Any]:
        """Return a message that is right in some fields, so that it gets far."""
        message = {
            "channel": f"/meta/{self.random.choice(CHANNELS)}",
            "clientId": self.random.choice(self.clients),
            "version": "1.0",
            "supportedConnectionTypes": ["long-polling", "websocket"],
            "subscription": self.random.choice(["/**", "/a", ["/a/*", "/b"], "/service/x"]),
        }
        if self.random.random() < 0.3:
            message |= {"channel": self.random.choice(["/a", "/a/b", "/service/x"]), "data": 1}
        if self.random.random() < 0.3:
            message["ext"] = {"ack": self.random.choice([True, 0, 1, 99, -1, "1"])}
        if self.random.random() < 0.3:
            message["advice"] = {"timeout": self.random.choice([0, 700, 60_000])}
        if self.random.random() < 0.5:
            message["id"] = self.random.choice(["1", 2, None, 1.5])
        for name in self.random.sample(NAMES, self.random.choice([0, 0, 1, 2])):
            message[name] = self.value()
        return message

    def value(self, depth: int = 0) -> Any:
        """Return some JSON value, of a kind that does not belong where it is put."""
        pick = self.random.randrange(12 if depth < 3 else 9)
        match pick:
            case 0 | 1 | 2 | 3:
                return [None, True, "", "/a"][pick]
            case 4:
                return self.random.choice([0, -1, 1e308, 2**70, -0.0, 0.1])
            case 5:
                return "x" * self.random.choice([1, 999, 1001, 5000])
            case 6:
                return self.random.choice(["\ud800", "\0", "/" * 500, "/a" * 400, "</script>"])
            case 7:
                return self.random.choice([*self.clients, "s0"])
            case 8:
                return self.random.choice(["long-polling", "websocket", "1.0", "/**", "/meta/*"])
            case 9:
                return {name: self.value(depth + 1) for name in self.random.sample(NAMES, 2)}
            case 10:
                return {"timeout": self.value(depth + 1), "ack": True, "timesync": {"tc": 1}}
            case _:
                return [self.value(depth + 1) for _ in range(self.random.randrange(4))]

    def _mangled(self, body: bytes) -> bytes:
        raw = bytearray(body)
        for _ in range(self.random.choice([0, 1, 1, 2, 8])):
            at = self.random.randrange(len(raw) + 1)
            match self.random.randrange(5):
                case 0:
                    raw[at : at + 1] = self.random.randbytes(1)
                case 1:
                    del raw[at : at + self.random.choice([1, 4, 50])]
                case 2:
                    raw[at:at] = self.random.choice([b'"', b"{", b"]", b",", b"\\", b"\xff", b"9"])
                case 3:
                    raw[at:at] = raw[at : at + 30] * self.random.choice([1, 3, 50])
                case _:
                    raw[at:at] = self.random.choice(self.seeds)[:40]
        return bytes(raw)
