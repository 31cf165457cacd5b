"""One morning in a contact centre: two agents, three emails, all three documented operations.

Alice rejects the first email, transfers the second to Bob and the third to a queue of which he is
the only ready member; Bob accepts what comes. The emails arrive one after the other, so the order
of all that each desktop does and sees is fixed, whatever the server's delays.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.interop.processes import Desktop, Line, Running, provision, server, steps

# Subject, and how many notifications Alice and Bob have had when all is done with that email.
EMAILS = (("A complaint", 2, 2), ("A question for Bob", 5, 4), ("An invoice", 8, 6))

LOGIN = [
    "GET /api/v2/me",
    "GET /api/v2/users?fields=*",
    "POST /api/v2/me StartContactCenterSession",
    "POST /api/v2/me/channels/email Ready",
]
LOGOUT = ["POST /api/v2/me EndContactCenterSession"]


def _told(state: str, email: int) -> str:
    return f"/v2/me/emails: StatusChange {state} of email#{email}"


def _act(operation: str, email: int) -> str:
    return f"POST /api/v2/me/emails/email#{email} {operation}"


def _accept(email: int) -> list[str]:
    return [_told("Invited", email), _act("Accept", email), _told("Processing", email)]


def _transfer(email: int) -> list[str]:
    # The notification of a transfer still says Processing (GWS Email API, Transfer).
    return [*_accept(email), _act("Transfer", email), _told("Processing", email)]


ALICE = [
    *LOGIN,
    *[_told("Invited", 1), _act("Reject", 1), _told("Completed", 1)],
    *_transfer(2),
    *_transfer(3),
    *LOGOUT,
]
BOB = [*LOGIN, *_accept(1), *_accept(2), *_accept(3), *LOGOUT]


def work[R: Running](
    run: Callable[[R], R],
    base: str,
    *,
    admin: str | None = None,
    think_ms: int = 0,
    transport: str = "long-polling",
) -> tuple[list[Line], list[Line]]:
    """Let both work at ``base`` and return what each of them told.

    The emails are brought in at ``admin``; without one, whoever serves ``base`` sends them.
    """
    alice = run(
        Desktop(
            base,
            "alice",
            policy="script=reject,transfer:#1,queue:billing",
            think_ms=think_ms,
            expect=EMAILS[-1][1],
            transport=transport,
        )
    )
    alice.wait_for("ready")
    bob = run(Desktop(base, "bob", think_ms=think_ms, expect=EMAILS[-1][2], transport=transport))
    bob.wait_for("ready")
    for subject, of_alice, of_bob in EMAILS if admin else ():
        provision(admin or base, subject, "alice")
        alice.wait_for("notification", of_alice)
        bob.wait_for("notification", of_bob)
    return alice.finish(), bob.finish()


def record(
    run: Callable[[Running], Running], upstream: str, tape: Path, *, transport: str = "long-polling"
) -> None:
    """Record the day at the server ``upstream``; both see just what they see without a proxy."""
    recorder = run(server("record", upstream, "--out", str(tape)))
    alice, bob = work(run, recorder.base_url(), admin=upstream, transport=transport)
    assert recorder.stop() == 0, recorder.account()
    assert (steps(alice), steps(bob)) == (ALICE, BOB)
