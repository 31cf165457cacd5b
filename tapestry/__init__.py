"""Tapestry: record, replay and judge contact-centre APIs, notifications included.

The front door for Python users; everything behind it is imported on first use, so that importing
``tapestry`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from proxy_addons.recorder import recording as record
    from tapestry.player import play
    from tapestry.tape.model import Cassette

__all__ = ["Cassette", "play", "record"]

_HOME = {
    "Cassette": ("tapestry.tape.model", "Cassette"),
    "play": ("tapestry.player", "play"),
    "record": ("proxy_addons.recorder", "recording"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'tapestry' has no attribute {name!r}")
    module, attribute = _HOME[name]
    return getattr(import_module(module), attribute)
