"""Reads JSON as documents print it: broken, and to be told how, not silently repaired.

Pages lose braces, break lines inside texts, leave quotes unescaped and print words of Python. This
scanner goes on where a parser stops, so that one look tells every fault of a sample with its place.
It knows JSON and nothing of the API; which register entry a fault is, says the register.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

UNESCAPED_QUOTES = "unescaped-quotes"
LINE_BREAK = "line-break"
PYTHON_LITERAL = "python-literal"
LOST_BRACES = "lost-braces"
LOST_LISTS = "lost-lists"

_BEGIN = re.compile(r'\{(?=\s*["}])|"[^"\n]{1,80}"\s*:')
_CAN_CLOSE = re.compile(r"[ \t]*(?:[,:}\]]|[\r\n]|$)")
_TOKEN = re.compile(
    r"""(?P<space>\s+) | (?P<mark>[{}\[\],:]) | (?P<number>-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)
      | (?P<word>[A-Za-z_]\w*) | (?P<quote>")""",
    re.VERBOSE,
)
_WORDS = {"true", "false", "null"}
_PYTHON_WORDS = {"True", "False", "None"}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a sample: which rule it breaks, where in the text, and what stands there."""

    rule: str
    offset: int
    excerpt: str


@dataclass(slots=True)
class Sample:
    """One stretch of a text that means to be JSON.

    ``keys`` are the names of all members; ``text[start:end]`` is what was read.
    """

    start: int
    end: int
    keys: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # one of { } [ ] , : or text, number, word
    start: int
    end: int


def samples(text: str) -> Iterator[Sample]:
    """Yield every sample in ``text``, in order, with its faults."""
    at = 0
    while begin := _BEGIN.search(text, at):
        sample = _Reader(text, begin.start()).read()
        yield sample
        at = max(sample.end, begin.start() + 1)


class _Reader:
    """Reads one sample, keeping account of what is open and telling what does not fit."""

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.sample = Sample(start, start)
        self.open: list[_Token] = []
        self.last: _Token | None = None

    def read(self) -> Sample:
        if self.text[self.sample.start] == '"':
            self._fault(LOST_BRACES, self.sample.start)
            self.open.append(_Token("{", self.sample.start, self.sample.start))
        token = self._next(self.sample.start)
        while token is not None:
            self._take(token)
            self.last = token
            self.sample.end = token.end
            token = self._next(token.end) if self.open else None
        for left in reversed(self.open):
            if left.end > left.start:  # the lost beginning has been told already
                self._fault(LOST_BRACES if left.kind == "{" else LOST_LISTS, left.start)
        return self.sample

    def _take(self, token: _Token) -> None:
        if token.kind in "{[":
            self.open.append(token)
        elif token.kind in "}]":
            self._close(token)
        elif token.kind == "text" and self._is_key(token):
            self._key(token)
        elif token.kind == "word" and self._slice(token) in _PYTHON_WORDS:
            self._fault(PYTHON_LITERAL, token.start, token.end)

    def _close(self, token: _Token) -> None:
        wanted = "{" if token.kind == "}" else "["
        if self.open[-1].kind == "[" and wanted == "{":
            self._fault(LOST_LISTS, self.open.pop().start)
        if self.open and self.open[-1].kind == wanted:
            self.open.pop()
        else:
            self._fault(LOST_BRACES, token.start)

    def _key(self, token: _Token) -> None:
        self.sample.keys.add(self._slice(token).strip('"'))
        if self.open[-1].kind == "[":
            self._fault(LOST_LISTS, self.open.pop().start)
        elif self.last is not None and self.last.kind not in ("{", ","):
            self._fault(LOST_BRACES, token.start)

    def _is_key(self, token: _Token) -> bool:
        following = self._next(token.end)
        return following is not None and following.kind == ":"

    def _next(self, at: int) -> _Token | None:
        """Return the token at or after ``at``, ``None`` where the text stops looking like JSON."""
        found = _TOKEN.match(self.text, at)
        if found is None:
            return None
        match found.lastgroup:
            case "space":
                return self._next(found.end())
            case "quote":
                return _Token("text", at, self._end_of_text(at))
            case "mark":
                return _Token(found[0], at, found.end())
            case "word" if found[0] not in _WORDS | _PYTHON_WORDS:
                return None
            case kind:
                return _Token(str(kind), at, found.end())

    def _end_of_text(self, start: int) -> int:
        """Return where the text that begins at ``start`` ends: at the quote that can close it.

        A quote can close when a mark of JSON, a line's end or nothing follows; any other quote is
        part of the text and should have been escaped.
        """
        at, inner = start + 1, 0
        while at < len(self.text):
            if self.text[at] == "\\":
                at += 1
            elif self.text[at] == '"':
                if self._closes(at):
                    break
                inner += 1
            at += 1
        end = min(at + 1, len(self.text))
        self._judge_text(start, end, inner)
        return end

    def _closes(self, at: int) -> bool:
        return _CAN_CLOSE.match(self.text, at + 1) is not None

    def _judge_text(self, start: int, end: int, inner: int) -> None:
        told = {fault.offset for fault in self.sample.faults}
        if start in told:  # looked at before, to see whether it was a key
            return
        if inner:
            self._fault(UNESCAPED_QUOTES, start, end)
        if "\n" in self.text[start:end]:
            self._fault(LINE_BREAK, start, end)

    def _slice(self, token: _Token) -> str:
        return self.text[token.start : token.end]

    def _fault(self, rule: str, start: int, end: int | None = None) -> None:
        stop = min(end or start + 40, len(self.text))
        excerpt = " ".join(self.text[start:stop].split())
        self.sample.faults.append(Fault(rule, start, excerpt))
