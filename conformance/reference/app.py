"""The reference server: login and REST in front of the rules, CometD beside them.

What is said is decided in :mod:`conformance.reference.api`, when it is said by the courier; here
is who may ask.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from random import Random

from conformance.reference.agents import Roster
from conformance.reference.api import ADMIN_PREFIX, OPEN_PATHS, perform
from conformance.reference.contact_centre import ContactCentre
from conformance.reference.courier import Courier
from conformance.reference.desk import Call, Desk
from conformance.reference.http import (
    Headers,
    Request,
    address_of,
    from_loopback,
    read_body,
    respond,
)
from conformance.reference.ids import interaction_ids
from conformance.reference.login import COOKIE, CSRF_HEADER, HttpSession, Login
from conformance.reference.outcome import Refusal, StatusCode, success
from conformance.reference.policy import AgentsOnly
from conformance.reference.resources import Resources
from conformance.reference.settings import NOTIFICATIONS_PATH, ReferenceSettings
from conformance.reference.variants import Variant
from tapestry.bayeux.asgi import BayeuxEndpoint
from tapestry.bayeux.server import BayeuxServer
from tapestry.serving import Listen, Receive, Scope, Send, serving

RESET_PATH = "/admin/reset"
EXPIRE_PATH = "/admin/expire"
_CHANGING = frozenset({"POST", "PUT", "DELETE"})


class ReferenceApp:
    """An ASGI application; call :meth:`close` before the server stops, to free held polls."""

    def __init__(self, settings: ReferenceSettings, variant: Variant | None = None) -> None:
        """Open a contact centre with nobody in it; ``variant`` alters whatever goes out."""
        self.settings = settings
        self._variant = variant
        self._seed = secrets.randbits(32) if settings.seed is None else settings.seed
        self._external_url = settings.external_url or ""
        self._roster = Roster(settings.agents)
        self._login = Login(self._roster, settings.session_idle)
        self._bayeux = BayeuxServer(settings.bayeux, allow=AgentsOnly())
        self._endpoint = BayeuxEndpoint(self._bayeux, principal=self._principal)
        self._courier = Courier(self._endpoint, settings.order, settings.delay)
        self._courier.start_over(self._seed)
        self._desk = self._new_desk()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._endpoint(scope, receive, send)
            return
        self._external_url = self._external_url or address_of(scope)
        try:
            await self._dispatch(Request.of(scope), scope, receive, send)
        except Refusal as refusal:
            await respond(send, refusal.answer())

    def close(self) -> None:
        """Release every held poll and forget what has not been said."""
        self._courier.start_over(self._seed)
        self._endpoint.close()

    def _new_desk(self) -> Desk:
        ids = interaction_ids(Random(self._seed))  # noqa: S311 - ids, not secrets
        centre = ContactCentre(self._roster.names, self.settings.queues, ids)
        return Desk(self._roster, centre, Resources(lambda: self._external_url))

    async def _dispatch(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        if request.path.startswith(ADMIN_PREFIX):
            await self._admin(request, scope, receive, send)
        elif f"{request.path}/".startswith(f"{NOTIFICATIONS_PATH}/"):
            if self.settings.csrf_on_cometd:
                self._check_csrf(request, self._login.find(request.cookies, time.monotonic()))
            await self._endpoint(scope, receive, send)
        else:
            await self._rest(request, receive, send)

    async def _admin(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        if not from_loopback(scope):
            raise Refusal(StatusCode.FORBIDDEN, "Provisioning is for this machine only")
        if request.path == RESET_PATH and request.method == "POST":
            self._start_over()
            await respond(send, success())
        elif request.path == EXPIRE_PATH and request.method == "POST":
            self._expire_sessions()
            await respond(send, success())
        else:
            await self._perform(request, None, receive, send)

    async def _rest(self, request: Request, receive: Receive, send: Send) -> None:
        authorization = request.headers.get("authorization")
        session = self._login.session(request.cookies, authorization, time.monotonic())
        if session is None and request.path not in OPEN_PATHS:
            raise Refusal(StatusCode.NOT_AUTHENTICATED, "Access denied")
        self._check_csrf(request, session)
        await self._perform(request, session, receive, send)

    async def _perform(
        self, request: Request, session: HttpSession | None, receive: Receive, send: Send
    ) -> None:
        call = Call(
            request.method,
            request.path,
            datetime.now(UTC),
            session.agent.user_name if session else None,
            request.query,
            await read_body(receive),
        )
        outcome = perform(self._desk, call)
        if self._variant is not None:
            outcome = self._variant.alter(outcome)
        headers = self._session_headers(request, session) if session else ()
        await self._courier.deliver(outcome, lambda: respond(send, outcome.answer, headers))

    def _principal(self, scope: Scope) -> str | None:
        """Return whose CometD request this is: by the cookie, or by Basic on every poll."""
        request = Request.of(scope)
        session = self._login.find(request.cookies, time.monotonic())
        if session is not None:
            return session.agent.user_name
        agent = self._login.check(request.headers.get("authorization"))
        return agent.user_name if agent else None

    def _check_csrf(self, request: Request, session: HttpSession | None) -> None:
        """Refuse a change without the session's token (GWS API, CSRF Protection)."""
        if not self.settings.csrf or request.method not in _CHANGING:
            return
        token = request.headers.get(CSRF_HEADER.lower(), "")
        if session is None or not session.has_token(token):
            raise Refusal(StatusCode.FORBIDDEN, "Missing or invalid Csrf token")

    def _session_headers(self, request: Request, session: HttpSession) -> Headers:
        headers = []
        if request.cookies.get(COOKIE) != session.id:
            headers.append(("Set-Cookie", f"{COOKIE}={session.id}; Path=/; HttpOnly"))
        if self.settings.csrf and request.method == "GET":
            headers.append(("X-CSRF-HEADER", CSRF_HEADER))
            headers.append((CSRF_HEADER, session.csrf_token))
        return headers

    def _expire_sessions(self) -> None:
        """End every HTTP and CometD session as if nobody had used them for too long."""
        self._login.forget_all()
        for session_id in list(self._bayeux.sessions):
            self._endpoint.expire(session_id)

    def _start_over(self) -> None:
        """Put everything back to the start: nobody logged in, no emails, the same seed."""
        self._courier.start_over(self._seed)
        self._expire_sessions()
        self._desk = self._new_desk()


def reference_app(
    settings: ReferenceSettings | None = None, variant: Variant | None = None
) -> ReferenceApp:
    """Return a reference server as an ASGI application."""
    return ReferenceApp(settings or ReferenceSettings(), variant)


@contextmanager
def reference_server(
    settings: ReferenceSettings | None = None,
    variant: Variant | None = None,
    *,
    listen: Listen | None = None,
) -> Iterator[str]:
    """Serve a reference implementation for the length of the block; yields its base URL."""
    app = reference_app(settings, variant)
    with serving(app, listen, before_stop=app.close) as base_url:
        yield base_url
