"""aiocometd-ng, put to the test by ``tapestry probe``.

    tapestry probe -- python tests/interop/probe_aiocometd.py {url}

Its cookie jar wants a host with a name, so it goes to ``localhost``. It does not subscribe again by
itself after a new handshake and does not tell the application of one: that is left as it is.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from aiocometd_ng import Client, ConnectionType


async def work(url: str) -> None:
    client = Client(url.replace("127.0.0.1", "localhost"), ConnectionType.LONG_POLLING)
    async with client:
        await client.subscribe("/probe/events")
        async for message in client:
            if message["data"].get("stop"):
                return
            await client.publish("/service/probe/echo", message["data"])


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # its own clean-up is noisy
    asyncio.run(work(sys.argv[1]))


if __name__ == "__main__":
    main()
