"""Block style: an entry as a YAML document for people, closed by ``...``.

The closing line is what makes a torn document detectable: without it, YAML accepts most of the
places at which a file can be cut off. Header pairs stand on one line each; long text becomes a
literal; what YAML cannot carry (a lone surrogate) is left to flow style.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from tapestry.documents import resolve_scalar

END = "...\n"

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_SURROGATE = re.compile("[\ud800-\udfff]")


def dump_block(plain: Any) -> str | None:
    """Return ``plain`` as YAML in block style with the closing line and without the ``---`` mark.

    ``None`` when it holds text that YAML cannot carry.
    """
    try:
        text: str = yaml.dump(
            plain, Dumper=_EntryDumper, allow_unicode=True, sort_keys=False, width=10_000
        )
    except UnicodeEncodeError:
        return None
    return text + END


class _EntryDumper(_Dumper):  # type: ignore[misc]  # chosen at run time, C where it is built
    """Writes pairs of text on one line, and text so that YAML 1.1 and 1.2 both read it as text."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_list(dumper: Any, items: list[Any]) -> Any:
    pair = len(items) == 2 and all(isinstance(item, str) for item in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=pair or not items)


def _represent_text(dumper: Any, text: str) -> Any:
    if _SURROGATE.search(text):
        raise UnicodeEncodeError("utf-8", text, 0, 1, "lone surrogate")
    style = None
    if "\n" in text:
        style = "|" if all(line == line.rstrip() for line in text.split("\n")) else '"'
    elif text and not isinstance(resolve_scalar(text), str):
        style = "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_EntryDumper.add_representer(list, _represent_list)
_EntryDumper.add_representer(str, _represent_text)
