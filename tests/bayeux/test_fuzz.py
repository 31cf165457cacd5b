"""A small run of the fuzzing bench; the large one is run by hand."""

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[2] / "bench" / "fuzz_bayeux.py"


def test_nothing_malformed_breaks_the_server():
    done = subprocess.run(
        [sys.executable, BENCH, "--cases", "2000", "--seed", "7"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2000 cases" in done.stdout
    assert "0 faults" in done.stdout
