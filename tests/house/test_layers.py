"""Holds the picture in ARCHITECTURE.md against the code: imports point down the house only."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Each of these costs more than all of Tapestry; only the verb that needs one may import it.
HEAVY = ("aiohttp", "uvicorn", "starlette", "jsonschema", "mitmproxy", "deepdiff", "yaml")


def test_imports_point_down_the_house() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    ended = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("module", ["tapestry", "conformance", "conformance.cli"])
def test_the_front_doors_import_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.split() == []


def test_help_of_the_command_imports_nothing_heavy() -> None:
    code = (
        "import sys; from conformance.cli import main\n"
        "try: main(['-h'])\n"
        "except SystemExit: pass\n"
        f"print('heavy:', *sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1].strip() == "heavy:"
