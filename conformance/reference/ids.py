"""Ids in the shape that GWS gives them.

Interaction ids come from a seed, so that a run can be had again exactly; a contact's id follows
from the address, so that the same customer is the same contact in every run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from itertools import count
from random import Random

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def interaction_ids(random: Random) -> Callable[[], str]:
    """Return a source of interaction ids such as ``00012a9HEEG0325N``, which never repeat."""
    node = "".join(random.choices(_DIGITS, k=5))
    numbers = count(random.randrange(36**3))
    return lambda: f"00012a{node}{_base36(next(numbers), 5)}"


def contact_id(address: str) -> str:
    """Return the id of the contact with that address, the same in every run."""
    digest = hashlib.sha256(address.lower().encode()).digest()
    return f"0000Wa{_base36(int.from_bytes(digest[:8]), 10)}"


def _base36(number: int, width: int) -> str:
    """Return the last ``width`` base-36 digits of ``number``."""
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 36)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
