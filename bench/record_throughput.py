"""Compares what recording costs: bare mitmdump, mitmdump with the addon, and `tapestry record`.

    python bench/record_throughput.py [ROUNDS]

Each round runs all three, one after the other, over the same server with the same load (8
connections, answers of 1.6 KB, redaction and journal on), so that a busy machine hurts all alike.
Printed are medians over the rounds, and the medians of the ratios within each round. The processor
time of the process that writes is told apart: it is off the path of the traffic. `kept up` says
whether every exchange was on disk when the load ended, or how many still waited.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # run as a script, Python looks in bench/

from bench.record_parts import Process, ask, load, recorder, upstream

NAMES = ("mitmdump", "mitmdump+addon", "tapestry")
CONNECTIONS = 8
REQUESTS = 4_000


@dataclass(frozen=True, slots=True)
class Result:
    """What one run came to."""

    rate: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    writer_us: float
    behind: int


async def measure(process: Process) -> Result:
    """Warm up, load, and read the meters."""
    loop = asyncio.get_running_loop()
    await load(process.port, CONNECTIONS, REQUESTS // 8)
    cpu, writer, began = process.cpu(), process.cpu_writer(), loop.time()
    took = sorted(await load(process.port, CONNECTIONS, REQUESTS))
    seconds = loop.time() - began
    cpu = process.cpu() - cpu
    behind = await _behind(process) if process.name == "tapestry" else 0
    writer = process.cpu_writer() - writer
    return Result(
        len(took) / seconds,
        statistics.median(took) * 1000,
        took[int(len(took) * 0.99)] * 1000,
        cpu / len(took) * 1e6,
        writer / len(took) * 1e6,
        behind,
    )


async def _behind(process: Process) -> int:
    """Return how many exchanges are not on disk yet."""
    get = b"GET /__tapestry/mode HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"
    await asyncio.sleep(0.6)  # the state is told twice a second
    standing = json.loads(await ask(process.port, get))["recording"]
    total = REQUESTS + REQUESTS // 8
    return max(0, total - int(standing["entries"]))


def main() -> int:
    """Run the rounds and print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    results: dict[str, list[Result]] = {name: [] for name in NAMES}
    with tempfile.TemporaryDirectory() as folder, upstream() as server:
        for _ in range(rounds):
            for name in NAMES:
                with recorder(name, server, Path(folder)) as process:
                    results[name].append(asyncio.run(measure(process)))
    print("recorder          req/s  p50 ms  p99 ms  cpu us  writer us  behind   rate  p50  cpu")
    for name in NAMES:
        print(_row(name, results[name], results["mitmdump"]))
    return 0


def _row(name: str, results: list[Result], bare: list[Result]) -> str:
    def middle(field: str) -> float:
        return statistics.median(getattr(result, field) for result in results)

    def ratio(field: str) -> float:
        pairs = zip(results, bare, strict=True)
        return statistics.median(getattr(a, field) / getattr(b, field) for a, b in pairs)

    ratios = f"{ratio('rate'):6.2f} {ratio('p50_ms'):4.2f} {ratio('cpu_us'):4.2f}"
    figures = f"{middle('rate'):8.0f} {middle('p50_ms'):7.2f} {middle('p99_ms'):7.2f}"
    costs = f"{middle('cpu_us'):7.0f} {middle('writer_us'):10.0f} {middle('behind'):7.0f}"
    return f"{name:15} {figures} {costs} {ratios}"


if __name__ == "__main__":
    sys.exit(main())
