"""Lets a great many values be made at once without garbage being looked for among them.

Python's cyclic collector goes over what is alive again and again while it grows; a long tape takes
up to three times as long to load with it. None of what is loaded is garbage, so it can wait.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Look for no garbage during the block; afterwards as before."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
