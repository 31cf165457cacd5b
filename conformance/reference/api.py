"""The REST API as one pure function: a call comes in, an outcome goes out.

The route table is the whole surface of the server apart from login and CometD. It is kept free of
HTTP machinery so that every rule, down to the status of a misuse, is tested without a socket. The
documents map no unknown route or method: here they are 404 with statusCode 6, and 405 with 3.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote

from conformance.reference import admin, operations, reads
from conformance.reference.desk import Call, Desk, interactions_away, read_object
from conformance.reference.outcome import Command, Outcome, Refusal, Result, StatusCode

Handler = Callable[[Desk, Call, Mapping[str, str]], Result]

# Requests that are answered to somebody who has not logged in.
OPEN_PATHS = frozenset({"/api/v2/diagnostics/version"})
ADMIN_PREFIX = "/admin/"


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one path template; ``name`` is what a read is called.

    ``interactions`` says that it needs the Interaction Server.
    """

    method: str
    template: str
    handler: Handler
    name: str = ""
    interactions: bool = False

    def match(self, path: str) -> Mapping[str, str] | None:
        """Return the decoded parameters when ``path`` (percent-encoded) fits the template."""
        found = _pattern(self.template).fullmatch(path)
        if found is None:
            return None
        return {key: unquote(value) for key, value in found.groupdict().items()}


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template) + "/?")


_ATTACHMENT = "{id}/attachments/{attachment}"

# Three spellings of one email stand in the documents: as requested, as in a notification's uri
# and as in an attachment's.
ROUTES = (
    Route("GET", "/api/v2/me", reads.me, "Me"),
    Route("POST", "/api/v2/me", operations.on_me),
    Route("POST", "/api/v2/me/channels/{channel}", operations.on_channel, interactions=True),
    Route("GET", "/api/v2/me/emails", reads.my_emails, "ListEmails", interactions=True),
    Route("GET", "/api/v2/me/emails/{id}", reads.email, "GetEmail", interactions=True),
    Route("GET", "/api/v2/email/{id}", reads.email, "GetEmail", interactions=True),
    Route("GET", "/api/v2/emails/{id}", reads.email, "GetEmail", interactions=True),
    Route("POST", "/api/v2/me/emails/{id}", operations.on_email, interactions=True),
    Route("POST", "/api/v2/me/emails", operations.on_emails, interactions=True),
    Route("GET", f"/api/v2/emails/{_ATTACHMENT}", reads.attachment, "GetAttachment", True),
    Route("GET", f"/api/v2/email/{_ATTACHMENT}", reads.attachment, "GetAttachment", True),
    Route("GET", "/api/v2/services", reads.services, "ListServices"),
    Route("GET", "/api/v2/users", reads.users, "ListUsers"),
    Route("GET", "/api/v2/users/{user}", reads.user, "GetUser"),
    Route("GET", "/api/v2/diagnostics/version", reads.version, "Version"),
    Route("POST", "/admin/emails", admin.receive_email, "Provision"),
    Route("POST", "/admin/services", admin.set_services, "SetServices"),
    Route("POST", "/admin/features", admin.set_features, "SetFeatures"),
    Route("GET", "/admin/state", admin.state, "State"),
)


def perform(desk: Desk, call: Call) -> Outcome:
    """Carry ``call`` out and return all that it brings about, a refusal included."""
    params: Mapping[str, str] = {}
    name = ""
    try:
        route, params = _route(call)
        name = route.name or _operation_name(call.body)
        if route.interactions and not desk.services.interactions:
            raise interactions_away()
        result = route.handler(desk, call, params)
    except Refusal as refusal:
        result = Result(refusal.answer())
    email = params.get("id")
    return Outcome(
        Command(name, call.agent, email),
        result.answer,
        result.notifications,
        desk.centre.emails.get(email or ""),
        tuple(agent for agent in desk.roster.names if agent != call.agent),
    )


def _route(call: Call) -> tuple[Route, Mapping[str, str]]:
    tried = ((route, route.match(call.path)) for route in ROUTES)
    matching = [(route, params) for route, params in tried if params is not None]
    for route, params in matching:
        if route.method == call.method:
            return route, params
    if matching:
        raise Refusal(StatusCode.FORBIDDEN, f"Method {call.method} is not allowed", http=405)
    raise Refusal(StatusCode.NOT_FOUND, "Resource not found")


def _operation_name(body: bytes) -> str:
    """Return the name of the operation that is asked for, as far as it can be read."""
    try:
        return str(read_object(body).get("operationName", ""))
    except Refusal:
        return ""
