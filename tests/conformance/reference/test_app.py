"""The whole server over real sockets: login, CSRF, admin, and agents who hear over CometD."""

import asyncio
import json
from base64 import b64encode
from contextlib import asynccontextmanager

import aiohttp
import pytest

from conformance.reference.app import reference_app, reference_server
from conformance.reference.settings import Order, ReferenceSettings
from conformance.reference.variants import variant
from tapestry.bayeux.client import Delivered
from tapestry.bayeux.http_client import BayeuxFailure, CometdClient
from tapestry.bayeux.server import ServerSettings

LETTER = {"subject": "Late parcel", "from": "customer@example.com", "to": "support@example.com"}
SOON = 10  # seconds; only a failure takes so long


def basic(name: str, password: str | None = None) -> dict[str, str]:
    """Return the Basic header of an agent, with the house password unless another is given."""
    pair = f"{name}:{password or f'{name}-pw'}".encode()
    return {"Authorization": f"Basic {b64encode(pair).decode()}"}


class Desktop:
    """An agent's desktop: REST and CometD on one cookie jar; ``log`` is what happened, in order."""

    def __init__(self, http: aiohttp.ClientSession, base: str, name: str) -> None:
        self.http = http
        self.base = base
        self.name = name
        self.log = []
        self.heard = []
        self._news = asyncio.Event()
        self.comet = CometdClient(f"{base}/api/v2/notifications", http=http, on_event=self._hear)

    def _hear(self, event) -> None:
        if isinstance(event, Delivered):
            self.heard.append(event.message)
            self.log.append(event.message["channel"])
            self._news.set()

    async def get(self, path: str, **options):
        async with self.http.get(f"{self.base}{path}", **options) as answer:
            return answer.status, await answer.json()

    async def post(self, path: str, body, **options):
        async with self.http.post(f"{self.base}{path}", json=body, **options) as answer:
            told = answer.status, await answer.json()
        self.log.append("answer")
        return told

    async def operate(self, email: str, operation: str, **parameters):
        status, body = await self.post(
            f"/api/v2/me/emails/{email}", {"operationName": operation} | parameters
        )
        return status, body["statusCode"]

    async def start(self, topic: str = "/v2/me/emails") -> None:
        auth = basic(self.name)
        assert (await self.get("/api/v2/me", headers=auth))[0] == 200
        await self.comet.handshake()
        await self.comet.subscribe(topic)
        started = {"operationName": "StartContactCenterSession", "channels": ["email"]}
        assert await self.post("/api/v2/me", started) == (200, {"statusCode": 0})

    async def hears(self, state: str, email: str) -> dict:
        """Wait for the notification that ``email`` is in ``state``; each counts once."""
        while True:
            for message in self.heard:
                about = message["data"].get("email", {})
                if (about.get("id"), about.get("state")) == (email, state):
                    self.heard.remove(message)
                    return message["data"]
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), SOON)


@asynccontextmanager
async def desktop(base: str, name: str):
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        seat = Desktop(http, base, name)
        async with seat.comet:
            yield seat


@asynccontextmanager
async def at_work(base: str, *names: str):
    async with (
        desktop(base, "alice") as alice,
        desktop(base, "bob") as bob,
        desktop(base, "carol") as carol,
    ):
        seats = {"alice": alice, "bob": bob, "carol": carol}
        for name in names:
            await seats[name].start()
        yield [seats[name] for name in names]


async def provision(seat: Desktop, agent: str) -> str:
    status, body = await seat.post("/admin/emails", LETTER | {"agent": agent})
    assert status == 200
    return body["id"]


@pytest.fixture(scope="module")
def base():
    settings = ReferenceSettings(delay=0.001, bayeux=ServerSettings(timeout=2))
    with reference_server(settings) as url:
        yield url


@pytest.fixture(autouse=True)
async def _fresh(base):
    async with aiohttp.ClientSession() as http, http.post(f"{base}/admin/reset") as answer:
        assert (answer.status, await answer.json()) == (200, {"statusCode": 0})


# Ownership over the wire


async def test_reject_offers_the_email_to_the_other_agent(base):
    async with at_work(base, "alice", "bob") as (alice, bob):
        email = await provision(alice, "alice")
        invitation = await alice.hears("Invited", email)
        assert "referenceId" not in invitation
        assert await alice.operate(email, "Reject") == (200, 0)
        assert (await alice.hears("Completed", email))["referenceId"] == 1
        await bob.hears("Invited", email)
        assert await alice.operate(email, "Accept") == (403, 3)
        assert await bob.operate(email, "Accept", saveLAR=True) == (200, 0)
        assert (await bob.hears("Processing", email))["referenceId"] == 2
        assert (await bob.get("/api/v2/me/emails?fields=id"))[1]["emails"] == [{"id": email}]
        assert (await alice.get("/api/v2/me/emails"))[1]["uris"] == []


async def test_transfer_moves_the_ownership_for_good(base):
    async with at_work(base, "alice", "bob") as (alice, bob):
        email = await provision(alice, "alice")
        await alice.hears("Invited", email)
        await alice.operate(email, "Accept")
        await alice.hears("Processing", email)
        found = await alice.get("/api/v2/users?fields=uri&userName=bob")
        uri = found[1]["users"][0]["uri"]
        assert await alice.operate(email, "Transfer", userUri=uri) == (200, 0)
        parting = await alice.hears("Processing", email)
        assert parting["email"]["capabilities"] == []
        await bob.hears("Invited", email)
        assert await alice.operate(email, "Transfer", queueName="support") == (403, 3)
        assert await bob.operate(email, "Accept") == (200, 0)
        await bob.hears("Processing", email)


async def test_an_agent_hears_only_its_own_even_with_a_wildcard(base):
    async with at_work(base, "alice") as (alice,), desktop(base, "bob") as bob:
        await bob.start(topic="/**")
        email = await provision(alice, "alice")
        await alice.hears("Invited", email)
        await alice.operate(email, "Reject")
        await bob.hears("Invited", email)
        assert [message["channel"] for message in bob.heard] == ["/v2/me/channels"]


async def test_both_desktops_of_one_agent_hear(base):
    async with at_work(base, "alice") as (first,), desktop(base, "alice") as second:
        await second.start()
        email = await provision(first, "alice")
        await first.hears("Invited", email)
        await second.hears("Invited", email)


# Order


@pytest.mark.parametrize(
    ("order", "expected"),
    [(Order.BEFORE, ["/v2/me/emails", "answer"]), (Order.AFTER, ["answer", "/v2/me/emails"])],
)
async def test_the_notification_is_first_or_the_answer_as_set(order, expected):
    settings = ReferenceSettings(order=order, delay=0.1)
    with reference_server(settings) as url:
        async with at_work(url, "alice") as (alice,):
            email = await provision(alice, "alice")
            await alice.hears("Invited", email)
            alice.log.clear()
            await alice.operate(email, "Accept")
            await alice.hears("Processing", email)
            assert alice.log == expected


async def test_a_variant_is_served():
    settings = ReferenceSettings(delay=0)
    with reference_server(settings, variant("accept-wrong-state")) as url:
        async with at_work(url, "alice") as (alice,):
            email = await provision(alice, "alice")
            await alice.hears("Invited", email)
            await alice.operate(email, "Accept")
            await alice.hears("Composing", email)


# Login


async def test_the_cookie_of_the_first_answer_suffices(base):
    async with desktop(base, "alice") as alice:
        assert await alice.get("/api/v2/me") == (
            403,
            {"statusCode": 20, "statusMessage": "Access denied"},
        )
        auth = basic("alice")
        async with alice.http.get(f"{base}/api/v2/me", headers=auth) as answer:
            [cookie] = answer.headers.getall("Set-Cookie")
            assert cookie.startswith("JSESSIONID=")
            assert cookie.endswith("; Path=/; HttpOnly")
            assert answer.content_type == "application/json"
        async with alice.http.get(f"{base}/api/v2/me") as answer:
            assert answer.status == 200
            assert "Set-Cookie" not in answer.headers


async def test_a_wrong_password_and_a_stranger_are_refused(base):
    async with desktop(base, "alice") as alice:
        auth = basic("alice", "guess")
        assert (await alice.get("/api/v2/me", headers=auth))[0] == 403
        with pytest.raises(BayeuxFailure) as refused:
            await alice.comet.handshake()
        assert refused.value.reply["error"].startswith("403")


async def test_basic_on_every_poll_will_do_instead_of_a_cookie(base):
    jar = aiohttp.DummyCookieJar()
    auth = basic("bob")
    async with aiohttp.ClientSession(cookie_jar=jar, headers=auth) as http:
        shake = [
            {
                "channel": "/meta/handshake",
                "version": "1.0",
                "supportedConnectionTypes": ["long-polling"],
            }
        ]
        async with http.post(f"{base}/api/v2/notifications/handshake", json=shake) as answer:
            [reply] = await answer.json()
            assert reply["successful"]
            assert "JSESSIONID" not in answer.headers.get("Set-Cookie", "")


async def test_the_version_needs_no_login(base):
    async with desktop(base, "nobody") as nobody:
        assert (await nobody.get("/api/v2/diagnostics/version"))[0] == 200


async def test_uris_begin_with_the_listening_address_or_the_one_that_is_set(base):
    auth = basic("alice")
    async with desktop(base, "alice") as alice:
        body = (await alice.get("/api/v2/me", headers=auth | {"Host": "evil.example.com"}))[1]
        assert body["user"]["uri"].startswith(f"{base}/api/v2/users/")
    with reference_server(ReferenceSettings(external_url="https://gws.example.com")) as url:
        async with desktop(url, "alice") as alice:
            body = (await alice.get("/api/v2/me", headers=auth))[1]
            assert body["user"]["uri"].startswith("https://gws.example.com/api/v2/users/")


# CSRF


@pytest.fixture
def protected():
    with reference_server(ReferenceSettings(csrf=True, csrf_on_cometd=True, delay=0)) as url:
        yield url


async def test_with_csrf_on_a_post_needs_the_token_of_its_session(protected):
    start = {"operationName": "StartContactCenterSession", "channels": ["email"]}
    refused = (403, {"statusCode": 3, "statusMessage": "Missing or invalid Csrf token"})
    auth = basic("alice")
    async with desktop(protected, "alice") as alice:
        assert await alice.post("/api/v2/me", start, headers=auth) == refused
        async with alice.http.get(f"{protected}/api/v2/me", headers=auth) as answer:
            name, token = answer.headers["X-CSRF-HEADER"], answer.headers["X-CSRF-TOKEN"]
        assert name == "X-CSRF-TOKEN"
        assert await alice.post("/api/v2/me", start) == refused
        assert await alice.post("/api/v2/me", start, headers={name: "x"}) == refused
        assert await alice.post("/api/v2/me", start, headers={name: token}) == (
            200,
            {"statusCode": 0},
        )
        async with alice.http.post(f"{protected}/api/v2/notifications", json=[]) as answer:
            assert (answer.status, await answer.json()) == refused


async def test_cometd_is_exempt_unless_set_and_tokens_are_shown_only_with_csrf(base):
    with reference_server(ReferenceSettings(csrf=True)) as url:
        async with desktop(url, "alice") as alice:
            auth = basic("alice")
            assert (await alice.get("/api/v2/me", headers=auth))[0] == 200
            await alice.comet.handshake()
    async with desktop(base, "alice") as alice:
        auth = basic("alice")
        async with alice.http.get(f"{base}/api/v2/me", headers=auth) as answer:
            assert "X-CSRF-TOKEN" not in answer.headers


# Provisioning


async def test_reset_puts_everything_back_to_the_start(base):
    async with at_work(base, "alice") as (alice,):
        email = await provision(alice, "alice")
        await alice.hears("Invited", email)
        await alice.post("/admin/reset", {})
        state = (await alice.get("/admin/state"))[1]
        assert (state["emails"], state["contacts"]) == ([], {})
        assert state["agents"]["alice"] == {"channels": None}
        assert (await alice.get("/api/v2/me"))[0] == 403
        with pytest.raises(BayeuxFailure):
            await alice.comet.subscribe("/v2/me/chats")
        await alice.comet.drop()


async def test_after_a_reset_a_seed_gives_the_same_ids(base):
    with reference_server(ReferenceSettings(seed=5)) as url:
        async with desktop(url, "alice") as alice:
            first = await provision(alice, "alice")
            await alice.post("/admin/reset", {})
            assert await provision(alice, "alice") == first


async def test_expired_sessions_are_as_good_as_none_and_emails_stay(base):
    async with at_work(base, "alice") as (alice,):
        email = await provision(alice, "alice")
        await alice.hears("Invited", email)
        await alice.post("/admin/expire", {})
        status, body = await alice.get("/api/v2/me")
        assert (status, body["statusCode"]) == (403, 20)
        with pytest.raises(BayeuxFailure):
            await alice.comet.subscribe("/v2/me/chats")
        state = (await alice.get("/admin/state"))[1]
        assert [one["id"] for one in state["emails"]] == [email]
        await alice.comet.drop()


async def test_a_reset_is_a_post(base):
    async with desktop(base, "alice") as alice:
        assert (await alice.get("/admin/reset"))[0] == 404


async def _in_memory(path: str, method: str = "POST", peer=("127.0.0.1", 1), parts=(b"{}",)):
    """Call the application without a socket; returns the status and the body."""
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [],
        "client": peer,
        "server": ("::1", 8090),
    }
    last = len(parts) - 1
    incoming = iter(
        {"type": "http.request", "body": part, "more_body": n < last}
        for n, part in enumerate(parts)
    )
    sent = []

    async def receive():
        return next(incoming)

    async def send(message):
        sent.append(message)

    await reference_app()(scope, receive, send)
    return sent[0]["status"], json.loads(sent[1]["body"])


@pytest.mark.parametrize("path", ["/admin/emails", "/admin/reset", "/admin/state"])
@pytest.mark.parametrize("peer", [("203.0.113.5", 1), None, ("a socket", 0)])
async def test_provisioning_is_for_this_machine_only(path, peer):
    status, body = await _in_memory(path, peer=peer)
    assert (status, body["statusCode"]) == (403, 3)


@pytest.mark.parametrize("peer", [("127.0.0.1", 1), ("::1", 1)])
async def test_this_machine_may_provision(peer):
    assert (await _in_memory("/admin/state", "GET", peer))[0] == 200


async def test_a_body_in_parts_is_whole_and_one_without_end_is_refused():
    letter = json.dumps(LETTER).encode()
    assert (await _in_memory("/admin/emails", parts=(letter[:9], letter[9:])))[0] == 200
    status, body = await _in_memory("/admin/emails", parts=(b" " * 600_000,) * 3)
    assert (status, body["statusCode"]) == (413, 10)
