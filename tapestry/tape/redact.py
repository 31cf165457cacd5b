"""Takes secrets and personal data out of entries before anything reaches disk.

The client that is being recorded still gets the real bytes; the tape gets pseudonyms that keep
identity and format, so that replay, schemas and comparisons work on it. What is looked for is the
policy's business; this walks an entry and asks.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote

from tapestry.tape.freetext import FreeText
from tapestry.tape.learned import Kept, Learned
from tapestry.tape.model import (
    Body,
    BodyKind,
    End,
    Entry,
    Exchange,
    Frame,
    Headers,
    Query,
    Request,
    Response,
)
from tapestry.tape.policy import (
    COOKIE_VALUE,
    DEFAULT,
    DEFAULT_POLICY,
    STRUCTURAL_WORDS,
    USER_IN_PATH,
    Kind,
    Policy,
    Rule,
    Site,
)
from tapestry.tape.pseudonym import Pseudonyms
from tapestry.tape.replacement import SECRETS, Replacement

_REACHING = SECRETS | {Kind.EXTENSION}
_NAMING = ("name", "key", "field", "attribute")
_SILENT = frozenset(rule.name for rule in DEFAULT if rule.kind is Kind.KEEP)
_WORDS = re.compile(r"[^\W\d_]+|\d+")
_CSRF_TOKEN = Rule("csrf-header", Site.HEADER, Kind.TOKEN, ())
_SAFE = "!$&'()*+,;=:@~"


class Redactor:
    """Redacts the entries of one recording; ``hits`` holds the names of the rules that applied."""

    def __init__(self, key: bytes | None = None, policy: Policy = DEFAULT_POLICY) -> None:
        """``key`` makes the pseudonyms repeatable in a test; a recording uses a fresh one."""
        self.policy = policy
        self.hits: set[str] = set()
        self._values = {value: rule for rule in policy.at(Site.VALUE) for value in rule.finds}
        self._kept = Kept(v for v, rule in self._values.items() if rule.kind is Kind.KEEP)
        self._learned = Learned()
        self._pseudonyms = Pseudonyms(key, STRUCTURAL_WORDS, self._kept)
        self._replacement = Replacement(self._pseudonyms, self._learned, self._kept)
        self._free = FreeText(policy, self._learned, self._apply, self._json)
        self._csrf_headers: set[str] = set()
        for value, rule in self._values.items():
            self._learned.add(value, self._replacement.text(rule.kind, value))

    @property
    def summary(self) -> dict[str, Any]:
        """Return what a header says about redaction: the policy and how many rules it has."""
        return {"policy": self.policy.name, "rules": len(self.policy.rules)}

    @property
    def unused(self) -> tuple[str, ...]:
        """Return the names of the additions to the policy that nothing has come under so far."""
        met = {
            rule.name
            for value, rule in self._values.items()
            if value in self._learned.found | self._kept.met
        }
        names = dict.fromkeys(rule.name for rule in self.policy.additions)
        return tuple(name for name in names if name not in self.hits | met)

    def hindsight(self) -> Redactor:
        """Return a redactor for the entries that this one has let pass, all of them once more.

        It looks for what was learned up to now and for nothing else, so it finds a name that was
        mentioned before any key showed that it is one, and leaves pseudonyms as they are. A value
        that also was made up as a pseudonym cannot be told from it and stays.
        """
        other = Redactor(policy=self.policy.structure())
        for value, pseudonym in self._learned:
            if not all(map(self._pseudonyms.owns, _WORDS.findall(value))):
                other._learned.add(value, pseudonym)
        return other

    def entry(self, entry: Entry) -> Entry:
        """Return ``entry``, of whatever kind, as it may be kept."""
        match entry:
            case Exchange():
                return self.exchange(entry)
            case Frame():
                return self.frame(entry)
            case End():
                return self.end(entry)

    def exchange(self, exchange: Exchange) -> Exchange:
        """Return ``exchange`` as it may be kept."""
        return self._settled(lambda: self._exchange(exchange))

    def frame(self, frame: Frame) -> Frame:
        """Return ``frame`` as it may be kept."""
        return self._settled(lambda: replace(frame, body=self._body(frame.body)))

    def end(self, end: End) -> End:
        """Return ``end`` as it may be kept."""
        return self._settled(lambda: self._end(end))

    def _settled[Kept](self, treat: Callable[[], Kept]) -> Kept:
        """Treat once more when something was learned: it may stand before where it was learned."""
        known = len(self._learned) + len(self._csrf_headers)
        kept = treat()
        return kept if len(self._learned) + len(self._csrf_headers) == known else treat()

    def _end(self, end: End) -> End:
        request = end.request and self._request(end.request)
        return replace(end, request=request, reason=self._free.value(end.reason))

    def _exchange(self, exchange: Exchange) -> Exchange:
        # The answer first: it names the header of the token and the user behind the request.
        response = self._response(exchange.response)
        return replace(exchange, request=self._request(exchange.request), response=response)

    def _request(self, request: Request) -> Request:
        return replace(
            request,
            path=self._path(request.path),
            query=self._query(request.query),
            headers=self._headers(request.headers),
            body=self._body(request.body, request.headers),
        )

    def _response(self, response: Response) -> Response:
        self._csrf_headers |= {
            value.lower() for name, value in response.headers if name.lower() == "x-csrf-header"
        }
        return replace(
            response,
            headers=self._headers(response.headers),
            body=self._body(response.body, response.headers),
        )

    def _headers(self, headers: Headers) -> Headers:
        return tuple((name, self._header(name, value)) for name, value in headers)

    def _header(self, name: str, value: str) -> str:
        rule = self.policy.header(name)
        if rule is None and name.lower() in self._csrf_headers:
            rule = _CSRF_TOKEN
        if rule is None:
            return self._free.value(value)
        if rule.kind is Kind.COOKIE:
            return self._cookies(value, everything=not name.lower().startswith("set-"))
        return self._apply(rule, value)

    def _cookies(self, value: str, *, everything: bool) -> str:
        """Replace the values of a Cookie header, or only the first of a Set-Cookie's parts."""
        first, *rest = value.split(";")
        others = map(self._cookie, rest) if everything else map(self._free.value, rest)
        return ";".join([self._cookie(first), *others])

    def _cookie(self, pair: str) -> str:
        name, equals, value = pair.partition("=")
        return f"{name}{equals}{self._apply(COOKIE_VALUE, value)}" if equals else pair

    def _path(self, path: str) -> str:
        before, redacted = "", []
        for segment in path.split("/"):
            value, semicolon, parameters = segment.partition(";")
            value = self._segment(before, value)
            redacted.append(f"{value}{semicolon}{self._free.value(parameters)}")
            before = segment
        return "/".join(redacted)

    def _segment(self, before: str, segment: str) -> str:
        if before == "users" and USER_IN_PATH in self.policy.rules:
            return self._apply(USER_IN_PATH, segment)
        clear = unquote(segment)
        redacted = self._free.value(clear)
        return segment if redacted == clear else quote(redacted, safe=_SAFE)

    def _query(self, query: Query) -> Query:
        return {
            self._key(name): self._named(name, value, "", None) for name, value in query.items()
        }

    def _body(self, body: Body, headers: Headers = ()) -> Body:
        match body.kind:
            case BodyKind.JSON:
                return replace(body, value=self._json(body.value))
            case BodyKind.TEXT:
                return replace(body, value=self._text_body(body.value, headers))
            case BodyKind.BASE64:
                # One byte, one character: what stands in ASCII between the rest is still found.
                clear = base64.b64decode(body.value).decode("latin-1")
                redacted = self._free.body(clear).encode("latin-1")
                return replace(body, value=base64.b64encode(redacted).decode("ascii"))
        return body

    def _text_body(self, text: str, headers: Headers) -> str:
        types = [value.lower() for name, value in headers if name.lower() == "content-type"]
        form = any("x-www-form-urlencoded" in content_type for content_type in types)
        return self._free.form(text) if form else self._free.body(text)

    def _json(self, value: Any, kind: Kind | None = None, parent: str = "") -> Any:
        if isinstance(value, str):  # most are; the order is that of frequency
            return self._replacement.text(kind, value) if kind else self._free.value(value)
        if isinstance(value, dict):
            return self._object(value, kind if kind in _REACHING else None, parent)
        if isinstance(value, list):
            return [self._json(item, kind, parent) for item in value]
        if kind and isinstance(value, int) and not isinstance(value, bool):
            return self._replacement.integer(kind, value)
        return value

    def _object(self, fields: Mapping[str, Any], kind: Kind | None, parent: str) -> dict[str, Any]:
        redacted = {}
        for name, value in fields.items():
            rule = self.policy.key(name, parent)
            shown = name if rule else self._free.value(name)
            redacted[shown] = self._ruled(rule, name, value, kind)
        if "value" in fields:  # perhaps an attribute: {name: LastName, value: ...}
            told = next((fields[key] for key in _NAMING if isinstance(fields.get(key), str)), None)
            if told is not None:
                redacted["value"] = self._named(told, fields["value"], parent, kind)
        return redacted

    def _named(self, name: str, value: Any, parent: str, inherited: Kind | None) -> Any:
        return self._ruled(self.policy.key(name, parent), name, value, inherited)

    def _ruled(self, rule: Rule | None, name: str, value: Any, inherited: Kind | None) -> Any:
        if rule is None:
            return self._json(value, inherited, name)
        self._note(rule, value)
        return self._json(value, rule.kind, name)

    def _key(self, name: str) -> str:
        return name if self.policy.key(name) else self._free.value(name)

    def _apply(self, rule: Rule, text: str) -> str:
        self._note(rule, text)
        return self._replacement.text(rule.kind, text)

    def _note(self, rule: Rule, value: Any) -> None:
        if value and rule.name not in _SILENT:
            self.hits.add(rule.name)
