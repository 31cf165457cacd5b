"""Compares when a notification reaches a desktop that polls through a recorder.

    python bench/record_latency.py [ROUNDS]

One desktop holds a poll, the server answers it with the moment of its answer, and the difference to
the moment of arrival is taken, 300 times a round for each recorder in turn. With a second number,
so many polls are held at once and all released together, and names say of which recorders:
`bench/record_latency.py 1 5000 tapestry`.
"""

from __future__ import annotations

import asyncio
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # run as a script, Python looks in bench/

from bench.record_parts import Process, answer, ask, recorder, request, upstream

NAMES = ("mitmdump", "mitmdump+addon", "tapestry")
POLLS = 300


async def alone(server: Process, process: Process) -> list[float]:
    """Return the seconds that each of many notifications took to one desktop."""
    reader, writer = await asyncio.open_connection("127.0.0.1", process.port)
    took = []
    for _ in range(POLLS):
        writer.write(request("/poll"))
        await _held(server, 1)
        await ask(server.port, request("/wake"))
        sent = float(await answer(reader))
        took.append(time.monotonic() - sent)
    writer.close()
    return took


async def together(server: Process, process: Process, polls: int) -> list[float]:
    """Hold ``polls`` and release all; returns the seconds that each took from the release."""
    pairs = []
    for _ in range(0, polls, 250):
        pairs += await asyncio.gather(
            *(asyncio.open_connection("127.0.0.1", process.port) for _ in range(250))
        )
    for _, writer in pairs:
        writer.write(request("/poll"))
    await _held(server, polls)

    async def arrival(reader: asyncio.StreamReader) -> float:
        sent = float(await answer(reader))
        return time.monotonic() - sent

    arrivals = [asyncio.create_task(arrival(reader)) for reader, _ in pairs]
    await ask(server.port, request("/wake"))
    took = await asyncio.gather(*arrivals)
    for _, writer in pairs:
        writer.close()
    return took


async def _held(server: Process, polls: int) -> None:
    while int(await ask(server.port, request("/held"))) < polls:  # noqa: ASYNC110 - in another process
        await asyncio.sleep(0.001 if polls == 1 else 0.2)


def main() -> int:
    """Run the rounds and print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    polls = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    names = sys.argv[3:] or NAMES
    medians: dict[str, list[float]] = {name: [] for name in names}
    worst: dict[str, list[float]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder, upstream() as server:
        for _ in range(rounds):
            for name in names:
                with recorder(name, server, Path(folder)) as process:
                    run = together(server, process, polls) if polls > 1 else alone(server, process)
                    took = sorted(asyncio.run(run))
                    medians[name].append(statistics.median(took) * 1000)
                    worst[name].append(took[int(len(took) * 0.99)] * 1000)
    print("recorder          p50 ms    p99 ms  ratio of medians")
    for name in names:
        ratios = [a / b for a, b in zip(medians[name], medians[names[0]], strict=True)]
        figures = f"{statistics.median(medians[name]):9.2f} {statistics.median(worst[name]):9.2f}"
        print(f"{name:15} {figures} {statistics.median(ratios):9.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
