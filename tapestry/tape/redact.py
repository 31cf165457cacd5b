"""Takes secrets and personal data out of entries before anything reaches disk.

The client that is being recorded still gets the real bytes; the tape gets pseudonyms that keep
identity and format, so that replay, schemas and comparisons work on it. What is looked for is the
policy's business; this walks an entry and asks.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote

from tapestry.tape.freetext import FreeText
from tapestry.tape.learned import Learned
from tapestry.tape.model import (
    Body,
    BodyKind,
    End,
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
    STRUCTURAL_WORDS,
    USER_IN_PATH,
    Kind,
    Rule,
    Site,
    rule_for,
)
from tapestry.tape.pseudonym import Pseudonyms
from tapestry.tape.replacement import SECRETS, Replacement

_REACHING = SECRETS | {Kind.EXTENSION}
_NAMING = ("name", "key", "field", "attribute")
_CSRF_TOKEN = Rule("csrf-header", Site.HEADER, Kind.TOKEN, ())
_SAFE = "!$&'()*+,;=:@~"


class Redactor:
    """Redacts the entries of one recording; ``hits`` holds the names of the rules that applied."""

    def __init__(self, key: bytes | None = None) -> None:
        """``key`` makes the pseudonyms repeatable in a test; a recording uses a fresh one."""
        self.hits: set[str] = set()
        self._learned = Learned()
        self._replacement = Replacement(Pseudonyms(key, STRUCTURAL_WORDS), self._learned)
        self._free = FreeText(self._learned, self._apply, self._json)
        self._csrf_headers: set[str] = set()

    @property
    def summary(self) -> dict[str, Any]:
        """Return what a header says about redaction: the policy and how many rules it has."""
        return {"policy": "default", "rules": len(DEFAULT)}

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
        rule = rule_for(Site.HEADER, name)
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
        if before == "users":
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
        match value:
            case dict():
                return self._object(value, kind if kind in _REACHING else None, parent)
            case list():
                return [self._json(item, kind, parent) for item in value]
            case str():
                return self._replacement.text(kind, value) if kind else self._free.value(value)
            case bool():
                return value
            case int() if kind:
                return self._replacement.integer(kind, value)
        return value

    def _object(self, fields: Mapping[str, Any], kind: Kind | None, parent: str) -> dict[str, Any]:
        redacted = {
            self._key(name): self._named(name, value, parent, kind)
            for name, value in fields.items()
        }
        naming = next((fields[key] for key in _NAMING if isinstance(fields.get(key), str)), None)
        if naming is not None and "value" in fields:  # an attribute: {name: LastName, value: ...}
            redacted["value"] = self._named(naming, fields["value"], parent, kind)
        return redacted

    def _named(self, name: str, value: Any, parent: str, inherited: Kind | None) -> Any:
        rule = rule_for(Site.KEY, name, parent)
        if rule is None:
            return self._json(value, inherited, name)
        self._note(rule, value)
        return self._json(value, rule.kind, name)

    def _key(self, name: str) -> str:
        return name if rule_for(Site.KEY, name) else self._free.value(name)

    def _apply(self, rule: Rule, text: str) -> str:
        self._note(rule, text)
        return self._replacement.text(rule.kind, text)

    def _note(self, rule: Rule, value: Any) -> None:
        if value and rule.kind is not Kind.KEEP:
            self.hits.add(rule.name)
