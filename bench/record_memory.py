"""Shows the memory of `tapestry record` over a long recording.

    python bench/record_memory.py [EXCHANGES]

Prints the resident megabytes of the proxy and of the process that writes, ten times over 100,000
exchanges, each with an email id of its own, and at the end what was recorded. The load is slowed
down when the writing falls behind, so that this shows what is kept, and not what waits.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # run as a script, Python looks in bench/

from bench.record_parts import Process, ask, load, recorder, upstream

STEPS = 10
STANDING = b"GET /__tapestry/mode HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"


async def run(process: Process, exchanges: int) -> None:
    """Load in steps and print after each."""
    for step in range(1, STEPS + 1):
        await load(process.port, 8, exchanges // STEPS)
        recorded = await written(process, step * (exchanges // STEPS))
        proxy, writer = process.memory()
        print(f"{recorded:9} {proxy:9.1f} {writer:10.1f}", flush=True)


async def written(process: Process, least: int) -> int:
    """Wait until ``least`` entries are on disk or lost; returns how many are on disk."""
    while True:
        standing = json.loads(await ask(process.port, STANDING))["recording"]
        if standing["entries"] + standing["lost"] >= least:
            return int(standing["entries"])
        await asyncio.sleep(0.5)


def main() -> int:
    """Run and print."""
    exchanges = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    print("exchanges  proxy MB  writer MB")
    with (
        tempfile.TemporaryDirectory() as folder,
        upstream() as server,
        recorder("tapestry", server, Path(folder)) as process,
    ):
        asyncio.run(run(process, exchanges))
    return 0


if __name__ == "__main__":
    sys.exit(main())
