"""How many parsed notifications can be validated in a second, and by what.

The same schemas, held by jsonschema alone, by the quick question of the catalogue, and by
the catalogue with all that it tells. The messages are the repaired samples: all are as documented.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from tapestry import shipped
from tapestry.catalogue import catalogue

TOPIC = "/v2/me/emails"
SCHEMA = "email/email-state-change.yaml"


def messages() -> list[Any]:
    """Return the repaired samples of the pages: the notifications of Accept, Reject, Transfer."""
    folder = shipped.schemas() / "samples" / "repaired"
    files = sorted(folder.glob("*.notification.json"))
    return [json.loads(file.read_text())["data"] for file in files]


def rate(check: Callable[[Any], Any], values: list[Any], seconds: float = 1.0) -> float:
    """Return how many values a second ``check`` takes; the best of three."""
    best = 0.0
    for _ in range(3):
        done, begun = 0, time.perf_counter()
        while time.perf_counter() - begun < seconds / 3:
            for value in values:
                check(value)
            done += len(values)
        best = max(best, done / (time.perf_counter() - begun))
    return best


def main() -> None:
    """Print one line a way."""
    known = catalogue()
    values = messages()
    slow = known.schemas.validator(SCHEMA)
    ways: dict[str, Callable[[Any], Any]] = {
        "jsonschema, valid or not": slow.is_valid,
        "catalogue, valid or not": lambda data: known.notification_holds(TOPIC, data),
        "catalogue, with every finding": lambda data: known.check_notification(TOPIC, data),
    }
    base = rate(ways["jsonschema, valid or not"], values)
    for name, check in ways.items():
        now = rate(check, values)
        print(f"{name:32} {now:12,.0f} notifications/s  x {now / base:.1f}")


if __name__ == "__main__":
    main()
