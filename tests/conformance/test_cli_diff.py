"""``tapestry diff``: formats, exit codes and problems, through the real entry point."""

import json
import subprocess
import sys

import pytest

from conformance.cli import main
from tapestry.tape.codec import save
from tapestry.tape.model import Body, BodyKind, Cassette, Exchange, Header, Request, Response

ACCEPT = Body(BodyKind.JSON, {"operationName": "Accept"})


def accepted(email="00012a9HEEG0325N", took=25.0, **answer):
    body = Body(BodyKind.JSON, {"statusCode": 0} | answer)
    request = Request("POST", f"/api/v2/me/emails/{email}", body=ACCEPT)
    return Exchange(10.0, took, request, Response(200, body=body), "agent#1")


@pytest.fixture
def tape(tmp_path):
    def saved(name, *entries, redaction=None):
        path = tmp_path / f"{name}.yaml"
        save(Cassette(Header("2026-11-21T09:30:00.000Z", redaction=redaction), entries), path)
        return str(path)

    return saved


def test_equal_cassettes(tape, capsys):
    old, new = tape("old", accepted()), tape("new", accepted("00012a9HEEG033EC"))
    assert main(["diff", old, new]) == 0
    assert capsys.readouterr().out == "equal: no difference in 2 events of old.yaml and new.yaml\n"


@pytest.mark.parametrize(
    ("change", "code"),
    [({"more": 1}, 0), ({"statusCode": 2}, 1), ({"took": 900}, 1)],
)
def test_an_addition_alone_does_not_gate(tape, change, code):
    assert main(["diff", tape("old", accepted()), tape("new", accepted(**change))]) == code


def test_patience_is_an_option(tape):
    command = ["diff", tape("old", accepted()), tape("new", accepted(took=900.0))]
    assert main([*command, "--late-floor", "1000"]) == 0
    assert main([*command, "--late-factor", "50"]) == 0


@pytest.mark.parametrize(
    ("form", "begins"),
    [("text", "breaking  "), ("markdown", "## What changed"), ("html", "<!doctype")],
)
def test_formats(tape, capsys, form, begins):
    command = ["diff", tape("old", accepted()), tape("new", accepted(statusCode=2))]
    assert main([*command, "--format", form]) == 1
    assert capsys.readouterr().out.startswith(begins)


def test_json(tape, capsys):
    command = ["diff", tape("old", accepted()), tape("new", accepted(statusCode=2))]
    assert main([*command, "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["equal"] is False
    assert [one["path"] for one in told["findings"]] == ["Accept.answer.statusCode"]


def test_pseudonyms_are_no_difference_when_the_header_says_redacted(tape):
    old = tape("old", accepted(userName="iuxnt"), redaction={"policy": "default"})
    new = tape("new", accepted(userName="ckvyg"), redaction={"policy": "default"})
    assert main(["diff", old, new]) == 0
    assert main(["diff", tape("a", accepted(userName="x")), tape("b", accepted(userName="y"))]) == 1


def test_what_cannot_be_read_is_a_problem(tape, tmp_path, capsys):
    good, bad = tape("good", accepted()), tmp_path / "bad.yaml"
    bad.write_text("tapestry: 1\nno: cassette\n...\n")
    assert main(["diff", good, str(bad)]) == 2
    assert "bad.yaml" in capsys.readouterr().err
    assert main(["diff", good, str(tmp_path / "none.yaml")]) == 2


def test_a_torn_cassette_is_compared_with_a_warning(tape, capsys, tmp_path):
    good, torn = tape("good", accepted()), tmp_path / "torn.yaml"
    torn.write_text((tmp_path / "good.yaml").read_text() + "---\nkind: exch")
    assert main(["diff", good, str(torn)]) == 0
    assert "torn.yaml" in capsys.readouterr().err


def test_the_heavy_libraries_are_not_imported_for_help():
    code = (
        "import sys; from conformance.cli import main\n"
        "try: main(['diff', '-h'])\nexcept SystemExit: pass\n"
        "print([m for m in ('deepdiff', 'jsonschema', 'jinja2', 'aiohttp') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.endswith("[]\n")


def test_equal_cassettes_never_need_deepdiff(tape):
    files = tape("old", accepted()), tape("new", accepted())
    code = (
        "import sys; from conformance.cli import main\n"
        f"main(['diff', *{files!r}])\nprint('deepdiff' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.endswith("False\n")
