"""The server of a situation, where a client asks for what it does not do."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest

from conformance.probe.app import ProbeApp
from conformance.probe.situation import all_situations
from conformance.probe.stage import NotReached, Stage
from tapestry.serving import serving


async def test_a_situation_that_is_not_played_has_nothing_to_say() -> None:
    app = ProbeApp(all_situations(), patience=1.0)
    with serving(app, before_stop=app.close) as base:
        async with aiohttp.ClientSession() as http, http.post(f"{base}/day", json=[]) as response:
            assert response.status == 404
        async with aiohttp.ClientSession() as http:
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await http.ws_connect(f"{base}/day")


async def test_what_is_no_bayeux_is_refused_and_not_logged() -> None:
    stage = Stage(patience=0.05)
    async with AsyncExitStack() as stack:
        base = stack.enter_context(serving(stage))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        for options in ({"data": b"<html>"}, {"json": 7}, {"json": []}):
            sent: dict[str, Any] = options
            async with http.post(base, **sent) as response:
                assert response.status == 400
    assert stage.log.arrivals == []


async def test_a_script_waits_no_longer_than_its_patience() -> None:
    stage = Stage(patience=0.01)
    with pytest.raises(NotReached, match="no client came"):
        await stage.ready()
    assert not await stage.came_back(0.01)
