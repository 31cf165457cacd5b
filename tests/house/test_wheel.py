"""The wheel, installed alone outside the checkout, must be whole: code, schemas, recordings."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UV = os.environ.get("UV", "")


def run(*command: str | Path, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    ended = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, (command, ended.stdout, ended.stderr)
    return ended.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not UV:
        pytest.skip("uv is not named by the environment variable UV; 'make test' does that")
    out = tmp_path_factory.mktemp("dist")
    run(UV, "build", "--wheel", "--out-dir", out, cwd=ROOT)
    (built,) = out.glob("*.whl")
    return built


@pytest.mark.slow
def test_the_wheel_carries_the_data_and_nothing_of_the_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        "tapestry/py.typed",
        "tapestry/schemas/operations.yaml",
        "tapestry/schemas/anomalies.yaml",
        "tapestry/cassettes/README.md",
        "conformance/scenarios/email/accept.tapestry.yaml",
        "conformance/reports/templates/run.html.j2",
        "proxy_addons/record.py",
    ):
        assert wanted in names
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "tapestry",
        "proxy_addons",
        "conformance",
    }


@pytest.mark.slow
def test_installed_alone_it_runs_the_demo(wheel: Path, tmp_path: Path) -> None:
    run(UV, "venv", "--python", sys.executable, tmp_path / "alone", cwd=tmp_path)
    python = tmp_path / "alone" / "bin" / "python"
    run(UV, "pip", "install", "--python", python, wheel, cwd=tmp_path)
    tapestry = python.with_name("tapestry")
    assert "tapestry 0.1.0" in run(tapestry, "--version", cwd=tmp_path)
    shown = run(tapestry, "demo", "--out", tmp_path / "kept", cwd=tmp_path)
    assert "they saw the same, in the same order" in shown
    assert "── Try next" in shown
    home = run(python, "-c", "import tapestry.shipped as s; print(s.cassettes())", cwd=tmp_path)
    assert home.strip().startswith(str(tmp_path))
    cassettes = sorted(Path(home.strip()).glob("*.yaml"))
    assert cassettes
    run(tapestry, "check", *cassettes, cwd=tmp_path)
