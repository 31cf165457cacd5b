"""What is exported, before the tools of its own formats, and before a fuzzer that believes it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.cli.export import document
from conformance.reference.app import reference_server
from tests.interop.processes import HERE, missing, need

pytestmark = pytest.mark.interop
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)


@pytest.fixture
def written(tmp_path: Path):
    def write(kind: str) -> Path:
        file = tmp_path / f"{kind}.json"
        file.write_text(json.dumps(document(kind)))
        return file

    return write


def test_openapi_is_valid_by_its_own_validator() -> None:
    validator = pytest.importorskip("openapi_spec_validator")
    validator.validate(document("openapi"))


def test_asyncapi_is_valid_by_its_own_parser(written) -> None:
    need(missing())
    command = ["node", str(HERE / "asyncapi.mjs"), str(written("asyncapi"))]
    run = subprocess.run(command, capture_output=True, text=True, cwd=HERE, timeout=60)
    assert run.stdout.strip() == "valid 3.0.0", run.stdout + run.stderr
    assert run.returncode == 0


@pytest.mark.slow
def test_a_fuzzer_that_believes_openapi_finds_nothing_in_the_reference(written, tmp_path) -> None:
    program = shutil.which("schemathesis", path=str(Path(sys.executable).parent))
    need(None if program else "schemathesis is not installed: sync the dev dependencies")
    with reference_server() as url:
        command = [
            *(program, "run", str(written("openapi")), "--url", url, "--auth", "alice:alice-pw"),
            *("--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing"),
            *("--max-examples", "5", "--max-time", "40", "--seed", "1", "--no-color"),
        ]
        run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr
