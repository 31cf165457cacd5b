"""Finds what must not stand in a text that no key explains: a url, a message, a body not JSON.

One pass over the text, so that a pseudonym is never taken for a value. Shapes come from the policy;
``name=value`` in a url falls under the rule for that name; JSON inside the text is treated as JSON,
and what is encoded is opened first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote_plus, unquote_plus

from tapestry.tape.encoded import within_base64, within_percent
from tapestry.tape.learned import Learned
from tapestry.tape.policy import DEFAULT_POLICY, Kind, Policy, Rule, Site

MEMORY: Final = 512
"""How many texts are remembered with what stands for them: the same ones come all day long."""
MEMORABLE: Final = 200
"""Longest text that is remembered."""

Apply = Callable[[Rule, str], str]

_WORD = re.compile(r"\w+")
_REST = (
    r"(?P<percent>[\w.~+-]*(?:%[0-9A-Fa-f]{2}[\w.~+-]*)+)"
    r"|(?<![\w-])(?P<key>[\w-]{2,40})(?P<is> ?= ?|: ?)[\"']?(?P<value>[^\s&;,\"'<>)\]}]+)"
    r"|(?<![\w+/=-])(?P<base64>[A-Za-z0-9+/_-]{20,}={0,2})(?![\w+/=-])"
    r"|(?P<word>\w+)"
)
_SUSPECT = (
    r"[@=%+:]|/users/|-----BEGIN|[eE][rR] |[iI][cC] |[sS][tT] |[tT][eE] "
    r"|eyJ|gh[pousr]_|glpat-|sk-|sk_live_|xox|AKIA|\d{3}\)?[ .-]\d{3}|\d{4}[ -]?\d{4}"
    r"|[A-Za-z0-9+/_-]{20}"
)
"""Without any of this, a text holds no shape of the default policy and nothing encoded.

The second group in it is what may stand before a credential: "bearer ", "basic ", "digest "."""

_HIDING = re.compile(r"[%\\]|[A-Za-z0-9+/_-]{20}")
"""What may hold a value in another spelling."""

_FIELD = re.compile(
    r'"(?P<json>[\w. -]{1,60})"\s*:\s*"(?P<json_value>(?:[^"\\\n]|\\.)*)'
    r"|'(?P<quoted>[\w. -]{1,60})'\s*:\s*'(?P<quoted_value>(?:[^'\\\n]|\\.)*)"
    r"|<input\b(?=[^<>]*\bname=[\"']?(?P<input>[\w.-]{1,60}))"
    r"[^<>]*\bvalue=[\"']?(?P<input_value>[^\"'<>]+)"
    r"|<(?P<element>[\w.-]+)(?:\s[^<>]*)?>(?P<element_value>[^<>]+)</"
    r'|\bname="?(?P<part>[\w.-]{1,60})"?[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n'
    r"(?P<part_value>[\s\S]*?)(?=\r?\n--)"
    r"|(?m:^)[ \t]*(?P<line>[A-Za-z][\w-]{1,40}):[ \t]*(?P<line_value>[^\r\n]+)"
    r"|(?<![\w-])(?P<set>[\w-]{2,40})[ \t]*[=:][ \t]*"
    r"[\"']?(?P<set_value>(?:(?i:basic|bearer|digest|negotiate)[ \t]+)?[^\s\"'&;,<>]+)"
)
_ISLAND = re.compile(
    r"(?P<before>[^\[{\"']{0,200})(?P<json>[\[{].*[\]}])(?P<after>[^\]}\"']{0,20})", re.S
)


class FreeText:
    """Treats text by shape and by what was learned."""

    def __init__(
        self, policy: Policy, learned: Learned, apply: Apply, structure: Callable[[Any], Any]
    ) -> None:
        """``apply`` replaces a text under a rule, ``structure`` treats a JSON value."""
        self._policy = policy
        self._learned = learned
        self._apply = apply
        self._structure = structure
        self._rules, self._scan, self._suspect = _compiled(policy.at(Site.SHAPE))
        self._remembered: dict[str, str] = {}

    def value(self, text: str) -> str:
        """Return ``text``, a value in JSON, a url or a header, with what it must not hold."""
        if self._learned.newest:
            self._forget()
        try:
            return self._remembered[text]
        except KeyError:
            pass
        other = self._value(text)
        if len(text) <= MEMORABLE:
            if len(self._remembered) >= MEMORY:
                self._remembered.clear()
            self._remembered[text] = other
        return other

    def _forget(self) -> None:
        """Forget the texts that may hold something learned since they were treated."""
        newest, self._learned.newest = self._learned.newest, []
        self._remembered = {
            text: other
            for text, other in self._remembered.items()
            if not _HIDING.search(text) and not any(new in text for new in newest)
        }

    def _value(self, text: str) -> str:
        known = self._learned.whole(text)
        if known is not None:
            return known
        if text[:1] in ("{", "["):
            inside = self._island(text)
            if inside is not None:
                return inside
        if "</" in text:  # markup: its elements are named fields
            return self._fields(text)
        if self._suspect.search(text) or self._learned.may_stand_in(text):
            return "".join(self._scanned(text))
        return text

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
        rule = self._policy.key(unquote_plus(name))
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
            rule = self._policy.key(found[name]) or self._policy.header(found[name])
            start, at = found.span(form)
            if rule is None or (name == "set" and not _secret(rule)):
                at = found.end(name)
                continue
            parts += [*self._scanned(text[done:start]), self._apply(rule, found[form])]
            done = at
        return "".join([*parts, *self._scanned(text[done:])])

    def _scanned(self, text: str) -> Iterator[str]:
        done = at = 0
        while found := self._scan.search(text, at):
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
            return self._shape(found, self._rules[int(group[4:])])
        if group == "value":
            rule = self._policy.key(found["key"])
            if rule is not None and ("=" in found["is"] or _secret(rule)):
                return self._parameter(text, found, rule)
        elif group != "word":
            other = _OPENED[group](found[group], self.body)
            if other is not None:
                return found.start(), found.end(), other
        return self._known(text, found.start("key" if group == "value" else group))

    def _known(self, text: str, start: int) -> tuple[int, int, str | None]:
        """Return the learned value at the first word from ``start`` on."""
        word = _WORD.search(text, start)
        if word is None:  # nothing but signs is left
            return len(text), len(text), None
        known = self._learned.at(text, word.group(), word.start())
        return known if known else (word.start(), word.end(), None)

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


@lru_cache(maxsize=8)
def _compiled(
    rules: tuple[Rule, ...],
) -> tuple[tuple[Rule, ...], re.Pattern[str], re.Pattern[str]]:
    """Return a rule for each shape, what finds them all, and what tells that one may be there."""
    shapes = [(rule, find) for rule in rules for find in rule.finds]
    groups = [f"(?P<rule{n}>{find})" for n, (_, find) in enumerate(shapes)]
    default = DEFAULT_POLICY.at(Site.SHAPE)
    added = [f"(?:{find})" for rule, find in shapes if rule not in default]
    return (
        tuple(rule for rule, _ in shapes),
        re.compile("|".join([*groups, _REST])),
        re.compile("|".join([*added, _SUSPECT])),
    )


_OPENED = {"percent": within_percent, "base64": within_base64}


def _secret(rule: Rule) -> bool:
    return rule.kind in (Kind.PASSWORD, Kind.TOKEN, Kind.CLIENT, Kind.COOKIE, Kind.AUTHORIZATION)


def _luhn(number: str) -> bool:
    """Tell whether the check digit of a card number holds (ISO/IEC 7812-1, annex B)."""
    digits = [int(char) for char in number if char.isdecimal()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
