"""The demo is the main job end to end, so its words are checked as a newcomer reads them."""

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.demo.workday import mail_to, work_a_day
from conformance.reference.app import reference_server
from conformance.reference.variants import variant

# One worker runs them all, so that the demo runs once.
pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    out = tmp_path_factory.mktemp("demo")
    ended = subprocess.run(
        [sys.executable, "-m", "conformance.cli", "demo", "--out", out / "kept"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=out,
    )
    return ended, out / "kept"


def test_it_ends_well_and_with_nothing_on_standard_error(demo) -> None:
    ended, _ = demo
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr


def test_every_station_shows_what_it_is_there_to_show(demo) -> None:
    shown = demo[0].stdout
    assert "alice  ← Invited" in shown
    assert "they saw the same, in the same order" in shown
    assert "pass: conformant" in shown
    assert "pass: conditionally-conformant" in shown
    assert "email.contactId: removed" in shown
    assert "email.userData._AutoReplyCount: type changed, 0 → " in shown
    assert "timing" in shown
    assert "── Try next" in shown


def test_nothing_else_is_said_to_have_changed(demo) -> None:
    """Two recordings have other pseudonyms for the same people; that is no change of the server."""
    lines = demo[0].stdout.splitlines()
    begin = lines.index("── What has changed for a desktop")
    changes = [line for line in lines[begin:] if line.startswith(("   breaking", "   changed"))]
    assert len(changes) == 2, changes


def test_it_leaves_two_cassettes_and_a_page(demo) -> None:
    _, out = demo
    assert {file.name for file in out.iterdir()} == {"before.yaml", "after.yaml", "report.html"}
    page = (out / "report.html").read_text()
    assert "email.contactId" in page
    assert "conditionally-conformant" in page


def test_no_password_and_no_name_of_an_agent_is_left_behind(demo) -> None:
    _, out = demo
    for file in out.glob("*.yaml"):
        kept = file.read_text()
        for secret in ("alice-pw", "YWxpY2U6", "alice", "bob@", "customer@", "support@", "invoice"):
            assert secret not in kept, (file.name, secret)


def test_a_folder_that_cannot_be_made_is_told_clearly(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    ended = subprocess.run(
        [sys.executable, "-m", "conformance.cli", "demo", "--out", blocked / "x"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "cannot make the folder" in ended.stderr
    assert "--out DIR" in ended.stderr


def test_the_desktop_works_on_a_live_server() -> None:
    with reference_server() as server:
        day = work_a_day(server, mail_to(server))
    states = {agent: [seen.state for seen in seen_by] for agent, seen_by in day.items()}
    assert sorted(states["alice"]) == ["Completed", *["Invited"] * 3, *["Processing"] * 3]
    assert states["bob"] == ["Invited", "Processing"] * 2


def test_a_desktop_that_waits_in_vain_says_for_what(monkeypatch: pytest.MonkeyPatch) -> None:
    from conformance.demo import desktop

    monkeypatch.setattr(desktop, "PATIENCE", 0.3)
    with (
        reference_server(variant=variant("accept-no-notification")) as server,
        pytest.raises(desktop.DesktopStuck, match=r"waited 0\.3 s for '(Processing|Invited)'"),
    ):
        work_a_day(server, mail_to(server))


def test_the_desktops_can_be_sent_to_work_from_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from conformance.demo import workday

    with reference_server() as server:
        monkeypatch.setattr("sys.argv", ["workday", server, "--mail", server])
        workday.main()
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 11
    assert printed[0].startswith("alice  ← Invited     email ")
