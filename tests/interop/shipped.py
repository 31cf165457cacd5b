"""Makes the shipped cassette: two desktops on the official client, recorded at work.

``python -m tests.interop.shipped`` records the morning of :mod:`tests.interop.workday` at the
reference server and writes ``cassettes/email-morning.yaml``.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from tests.interop.processes import Running, server
from tests.interop.workday import record

SHIPPED = Path(__file__).resolve().parents[2] / "cassettes" / "email-morning.yaml"


def main() -> None:
    """Record the morning anew."""
    with ExitStack() as running:

        def run[R: Running](process: R) -> R:
            running.callback(process.kill)
            return process

        reference = run(server("reference", "--seed", "2014"))
        SHIPPED.unlink(missing_ok=True)
        record(run, reference.base_url(), SHIPPED)


if __name__ == "__main__":
    main()
