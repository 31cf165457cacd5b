"""Finds what must not stand in a text that no key explains: a url, a message, a body not JSON.

One pass over the text, so that a pseudonym is never taken for a value. Shapes come from the policy;
``name=value`` in a url falls under the rule for that name; JSON inside the text is treated as JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import quote_plus, unquote_plus

from tapestry.tape.learned import Learned
from tapestry.tape.policy import DEFAULT, Kind, Rule, Site, rule_for

MEMORY: Final = 4096
"""How many texts are remembered with what stands for them, until something new is learned."""
MEMORABLE: Final = 200
"""Longest text that is remembered; the same headers and states come with every message."""

Apply = Callable[[Rule, str], str]

_RULES = [(rule, find) for rule in DEFAULT if rule.site is Site.SHAPE for find in rule.finds]
_SCAN = re.compile(
    "|".join(f"(?P<rule{n}>{find})" for n, (_, find) in enumerate(_RULES))
    + r"|(?<![\w-])(?P<key>[\w-]{2,40})=(?P<value>[^\s&;,\"'<>)\]}]+)"
    + r"|(?P<word>\w+)"
)
_FIELD = re.compile(
    r'"(?P<json>[\w. -]{1,60})"\s*:\s*"(?P<json_value>(?:[^"\\\n]|\\.)*)'
    r"|'(?P<quoted>[\w. -]{1,60})'\s*:\s*'(?P<quoted_value>(?:[^'\\\n]|\\.)*)"
    r"|<(?P<element>[\w.-]+)(?:\s[^<>]*)?>(?P<element_value>[^<>]+)</"
    r'|\bname="?(?P<part>[\w.-]{1,60})"?[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n'
    r"(?P<part_value>[\s\S]*?)(?=\r?\n--)"
    r"|(?m:^)[ \t]*(?P<line>[A-Za-z][\w-]{1,40}):[ \t]*(?P<line_value>[^\r\n]+)"
    r"|(?<![\w-])(?P<set>[\w-]{2,40})[ \t]*[=:][ \t]*"
    r"(?P<set_value>(?:(?i:basic|bearer|digest|negotiate)[ \t]+)?[^\s\"'&;,<>]+)"
)
_ISLAND = re.compile(
    r"(?P<before>[^\[{\"']{0,200})(?P<json>[\[{].*[\]}])(?P<after>[^\]}\"']{0,20})", re.S
)


class FreeText:
    """Treats text by shape and by what was learned."""

    def __init__(self, learned: Learned, apply: Apply, structure: Callable[[Any], Any]) -> None:
        """``apply`` replaces a text under a rule, ``structure`` treats a JSON value."""
        self._learned = learned
        self._apply = apply
        self._structure = structure
        self._remembered: dict[str, str] = {}
        self._remembered_at = 0

    def value(self, text: str) -> str:
        """Return ``text``, a value in JSON, a url or a header, with what it must not hold."""
        if self._remembered_at != len(self._learned) or len(self._remembered) > MEMORY:
            self._remembered_at = len(self._learned)
            self._remembered.clear()
        other = self._remembered.get(text)
        if other is None:
            other = self._value(text)
            if len(text) <= MEMORABLE:
                self._remembered[text] = other
        return other

    def _value(self, text: str) -> str:
        known = self._learned.whole(text)
        if known is not None:
            return known
        inside = self._island(text) if text[:1] in ("{", "[") else None
        return inside if inside is not None else "".join(self._scanned(text))

    def body(self, text: str) -> str:
        """Return ``text``, a whole body that is no JSON, with what it must not hold."""
        inside = self._island(text)
        if inside is not None:
            return inside
        lines = text.splitlines(keepends=True)
        islands = [self._island(line) for line in lines]
        if not any(islands):
            return self._fields(text)
        return "".join(
            self._fields(line) if island is None else island
            for line, island in zip(lines, islands, strict=True)
        )

    def form(self, text: str) -> str:
        """Return ``text``, an application/x-www-form-urlencoded body, value by value."""
        return "&".join(map(self._form_field, text.split("&")))

    def _form_field(self, field: str) -> str:
        name, equals, encoded = field.partition("=")
        value = unquote_plus(encoded)
        rule = rule_for(Site.KEY, unquote_plus(name))
        other = self._apply(rule, value) if rule else self.value(value)
        return field if other == value else f"{name}{equals}{quote_plus(other)}"

    def _island(self, text: str) -> str | None:
        """Treat JSON with a little text around it: JSONP, an event stream's line, a guard."""
        island = _ISLAND.fullmatch(text)
        if island is None:
            return None
        try:
            value = json.loads(island["json"])
            other = self._structure(value)
        except (ValueError, RecursionError):
            return None
        if other == value:
            return text
        inside = json.dumps(other, ensure_ascii=False, separators=(",", ":"))
        return f"{island['before']}{inside}{island['after']}"

    def _fields(self, text: str) -> str:
        """Treat named fields of whatever notation, and all text between them by shape."""
        parts: list[str] = []
        done = at = 0
        while found := _FIELD.search(text, at):
            form = found.lastgroup or ""
            name = form.removesuffix("_value")
            rule = rule_for(Site.KEY, found[name]) or rule_for(Site.HEADER, found[name])
            start, at = found.span(form)
            if rule is None or (name == "set" and not _secret(rule)):
                at = found.end(name)
                continue
            parts += [*self._scanned(text[done:start]), self._apply(rule, found[form])]
            done = at
        return "".join([*parts, *self._scanned(text[done:])])

    def _scanned(self, text: str) -> Iterator[str]:
        done = at = 0
        while found := _SCAN.search(text, at):
            begin, at, other = self._found(text, found)
            if other is not None and begin >= done:
                yield text[done:begin]
                yield other
                done = at
        yield text[done:]

    def _found(self, text: str, found: re.Match[str]) -> tuple[int, int, str | None]:
        """Return begin and end of what was found, and what stands for it, if anything else."""
        group = found.lastgroup or ""
        if group.startswith("rule"):
            return self._shape(found, _RULES[int(group[4:])][0])
        if group == "value":
            rule = rule_for(Site.KEY, found["key"])
            if rule is not None:
                return self._parameter(text, found, rule)
        word = found["word"] or found["key"]
        start = found.start(group if found["word"] else "key")
        known = self._learned.at(text, word, start)
        return known if known else (start, start + len(word), None)

    def _parameter(self, text: str, found: re.Match[str], rule: Rule) -> tuple[int, int, str]:
        start, encoded = found.start("value"), found["value"]
        if text.endswith(";", 0, found.start("key")):  # a path parameter: the query ends it
            encoded = encoded.partition("?")[0]
        value = unquote_plus(encoded)
        other = self._apply(rule, value)
        return start, start + len(encoded), encoded if other == value else quote_plus(other)

    def _shape(self, found: re.Match[str], rule: Rule) -> tuple[int, int, str | None]:
        if rule.kind is Kind.CARD and not _luhn(found.group()):
            return found.start(), found.end(), None
        return found.start(), found.end(), self._apply(rule, found.group())


def _secret(rule: Rule) -> bool:
    return rule.kind in (Kind.PASSWORD, Kind.TOKEN, Kind.CLIENT, Kind.COOKIE, Kind.AUTHORIZATION)


def _luhn(number: str) -> bool:
    """Tell whether the check digit of a card number holds (ISO/IEC 7812-1, annex B)."""
    digits = [int(char) for char in number if char.isdecimal()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
