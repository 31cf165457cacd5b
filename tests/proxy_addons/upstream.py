"""A server to put behind the recorder, and a client to put before it."""

import asyncio
import threading

import aiohttp

AUTH = {"Authorization": "Basic YWxpY2U6YWxpY2UtcHc="}


class Server:
    """Does by path what a real server may do to a recorder."""

    def __init__(self):
        self.held = threading.Event()
        self.asked = []

    async def __call__(self, scope, receive, send):
        if scope["type"] == "websocket":
            await self.socket(receive, send)
            return
        body = await read(receive)
        self.asked.append((scope["method"], scope["path"], body))
        await getattr(self, scope["path"].strip("/") or "echo", self.echo)(body, receive, send)

    async def echo(self, body, receive, send):
        await answer(send, body or b'{"userName": "alice"}')

    async def poll(self, body, receive, send):
        self.held.set()
        await receive()  # the client, or the proxy, goes away

    async def drip(self, body, receive, send):
        """Send a chunk, and each further one when /next is asked for."""
        self.turn = asyncio.Event()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number in range(3):
            part = b"chunk%d" % number
            await send({"type": "http.response.body", "body": part, "more_body": True})
            await self.turn.wait()
            self.turn.clear()
        await send({"type": "http.response.body", "body": b""})

    async def next(self, body, receive, send):
        self.turn.set()
        await answer(send, b"")

    async def large(self, body, receive, send):
        await answer(send, b"x" * (9 * 1024 * 1024))

    async def reset(self, body, receive, send):
        headers = [(b"content-length", b"100")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise ConnectionResetError

    async def socket(self, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})


async def read(receive):
    """Return the body of a request."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


async def answer(send, body):
    """Answer with ``body``."""
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"set-cookie", b"JSESSIONID=s3cr3tc00kie"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def talk(url, data=b"", method="POST", **options):
    """Make one request and return status, headers and body."""
    async with (
        aiohttp.ClientSession(auto_decompress=False) as http,
        http.request(method, url, data=data, **options) as response,
    ):
        return response.status, response.headers, await response.read()
