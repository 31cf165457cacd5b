"""Plays what got no answer on the tape: the client had gone, or the connection was cut.

A desktop must live with both. Where the recorded client gave up waiting, the live one may wait as
long; everything else cuts its connection, which ASGI itself has no word for.
"""

from __future__ import annotations

from tapestry.player.wire import json_answer, send_answer
from tapestry.serving import CUT, Receive, Scope, Send

BAD_GATEWAY = 502


def gave_up(reason: str) -> bool:
    """Tell whether the recorded client left before the server had answered."""
    return "client" in reason or "recorder" in reason


async def leave_unanswered(reason: str, scope: Scope, receive: Receive, send: Send) -> None:
    """End a call as the tape has it, by ``reason``."""
    cut = scope.get("extensions", {}).get(CUT)
    if cut is None and not gave_up(reason):  # a server that cannot cut connections
        told = {"statusMessage": f"no answer on the tape: {reason}"}
        await send_answer(json_answer(BAD_GATEWAY, told), send)
        return
    if not gave_up(reason):
        cut["abort"]()
    while (await receive())["type"] != "http.disconnect":
        pass
