"""The judge: runs scenarios and cassettes against an implementation and says where it stands.

Built on the engine in ``tapestry``: targets, the scenario language, the runner, the reports, the
reference implementation that everything is proved on, and the command line.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.language.load import load_scenario
    from conformance.verification import verify

__all__ = ["load_scenario", "verify"]

_HOME = {
    "load_scenario": ("conformance.language.load", "load_scenario"),
    "verify": ("conformance.verification", "verify"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'conformance' has no attribute {name!r}")
    module, attribute = _HOME[name]
    return getattr(import_module(module), attribute)
