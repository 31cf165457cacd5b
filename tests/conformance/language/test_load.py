"""Everything that can be wrong with a scenario file, and the line and column that is told."""

from pathlib import Path

import pytest

from conformance.jsonpath import MISSING
from conformance.language.load import load_scenario, read_scenario
from conformance.language.scenario import Call, Expect, Level, Never, Presence, Provision, Ready
from conformance.language.steps import read_statuses
from tapestry.documents import parse_documents
from tapestry.problems import Problem, Problems

HEAD = """\
id: email.accept
title: An email can be accepted
agents: [alice]
steps:
"""

PROVISION = """\
  - provision: {as: mail, agent: alice}
"""


def read(text: str):
    [document] = parse_documents(text, "s.tapestry.yaml")
    return read_scenario(document)


def faults(text: str) -> list[str]:
    with pytest.raises(Problems) as caught:
        read(text)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("steps", "place", "words"),
    [
        ("  - expct: {agent: alice, data: 1}\n", "5:5", "expect"),
        ("  - call: {agent: alice, request: GET /x, answr: {}}\n", "5:43", "answer"),
        ("  - call: {agent: bob, request: GET /x}\n", "5:12", "unknown agent 'bob'"),
        ("  - call: {agent: alice, request: PATCH /x}\n", "5:26", "PATCH"),
        ("  - call: {agent: alice, request: GET /x, within: 5}\n", "5:43", "string"),
        ("  - {}\n", "5:5", "a step does one thing"),
        ("  - {ready: alice, never: {agent: alice, data: 1}}\n", "5:5", "a step does one thing"),
        ("  - ready: alice\n", "5:5", "ready from the start"),
        ("  - ready: bob\n", "5:5", "unknown agent 'bob'"),
        ("  - provision: {agent: alice}\n", "5:5", "as"),
        ("  - provision: {as: mail, agent: bob}\n", "5:27", "unknown agent 'bob'"),
        ("  - expect: {agent: alice, data: 1}\n", "5:5", "nothing has happened"),
        (
            PROVISION + "  - expect: {agent: alice, data: 1, after: nowhere}\n",
            "6:37",
            "no earlier step 'nowhere'",
        ),
        (
            "  - call: {agent: alice, request: GET /x}\n    requires: [later]\n",
            "6:16",
            "no earlier step 'later'",
        ),
        (
            "  - {id: a, call: {agent: alice, request: GET /x}}\n" * 2,
            "6:6",
            "duplicate step id 'a'",
        ),
        (
            "  - call: {agent: alice, request: GET /x, json: {}, text: x}\n",
            "5:53",
            "a request has one body",
        ),
        (
            PROVISION + "  - expect: {agent: alice, data: {state: {$regx: a}}}\n",
            "6:43",
            "unknown matcher $regx",
        ),
        (
            PROVISION + "  - expect: {agent: alice, data: 1, where: {a: {$any: 1}}}\n",
            "6:49",
            "takes only true",
        ),
        (
            PROVISION + "  - expect: {agent: alice, data: {a: {$reading: NO-SUCH}}}\n",
            "6:39",
            "no accepted readings",
        ),
        (
            PROVISION + "  - expect: {agent: alice, data: 1, capture: {a: $..a}}\n",
            "6:47",
            "not a JSON path",
        ),
        (
            "  - call: {agent: alice, request: 'GET /x/${emial}'}\n"
            "  - call: {agent: alice, request: GET /x, capture: {email: $.id}}\n",
            "5:26",
            "unknown variable ${emial}",
        ),
        (
            "  - call: {agent: alice, request: 'GET /x/${email}'}\n"
            "  - call: {agent: alice, request: GET /x, capture: {email: $.id}}\n",
            "5:26",
            "${email} is used before it is set",
        ),
        (
            "  - call: {agent: alice, request: GET /x, answer: {json: {a: {$regex: '${no}'}}}}\n",
            "5:63",
            "unknown variable ${no}",
        ),
        (
            "  - call: {agent: alice, request: GET /x}\n    check: other.check\n",
            "6:5",
            "no check 'other.check' is declared before",
        ),
        (
            "  - call: {agent: alice, request: GET /x}\n    check: {id: email.accept, title: x}\n",
            "6:13",
            "duplicate check id 'email.accept'",
        ),
    ],
)
def test_a_fault_is_told_where_it_stands(steps: str, place: str, words: str) -> None:
    found = [fault for fault in faults(HEAD + steps) if words in fault]
    assert found, faults(HEAD + steps)
    assert found[0].startswith(f"s.tapestry.yaml:{place}: ")


def test_all_faults_of_a_file_are_told_together() -> None:
    steps = "  - ready: bob\n  - {}\n  - call: {agent: carol, request: 'GET /${x}'}\n"
    assert len(faults(HEAD + steps)) == 4


def test_a_mistyped_key_is_told_with_the_right_one() -> None:
    text = HEAD.replace("title", "titel") + PROVISION
    assert any("did you mean 'title'?" in fault for fault in faults(text))


def test_a_mistyped_variable_is_told_with_the_right_one() -> None:
    steps = PROVISION + "  - call: {agent: alice, request: 'GET /x/${mail.subjct}'}\n"
    assert "did you mean ${mail.subject}?" in faults(HEAD + steps)[0]


def test_a_variable_is_told_with_all_known_ones_when_none_is_near() -> None:
    steps = "  - call: {agent: alice, request: 'GET /x/${zzz}'}\n"
    assert "known here are alice.user_uri, alice.username" in faults(HEAD + steps)[0]


def test_a_file_that_is_no_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "broken.tapestry.yaml"
    file.write_text("id: [\n")
    with pytest.raises(Problem, match=r"broken\.tapestry\.yaml:2:1"):
        load_scenario(file)


WHOLE = """\
id: email.whole
title: All there is
level: SHOULD
requirements: [R-1]
needs: [transfer]
alone: true
variables: {queue: support}
agents: {alice: ready, bob: connected}
steps:
  - ready: bob
  - id: in
    provision: {as: mail, agent: alice, subject: Hi, from: a@example.com, to: b@example.com}
  - id: told
    check: {id: email.whole.told, title: It is told, level: MUST, requirements: [R-2]}
    expect:
      agent: alice
      where: {email: {subject: "${mail.subject}"}}
      data: {email: {id: {$alias: email}}}
      channel: {$regex: emails}
      within: 250ms
      capture: {state: $.email.state}
  - id: done
    requires: [told]
    call:
      agent: alice
      request: POST /api/v2/me/emails/${email}
      json: {operationName: Transfer, queueName: "${queue}", userUri: "${bob.user_uri}"}
      within: 2s
      answer: {status: [200, 4xx], json: {statusCode: 0}}
  - check: email.whole.told
    never: {agent: bob, after: in, data: {email: {id: "${email}"}}}
  - call: {agent: bob, request: GET /x, text: "${state}"}
"""


def test_a_whole_scenario_is_read_into_values() -> None:
    scenario = read(WHOLE)
    ready, provision, expect, call, never, last = scenario.steps
    assert scenario.agents == {"alice": Presence.READY, "bob": Presence.CONNECTED}
    assert (scenario.needs, scenario.alone, scenario.provisions) == (("transfer",), True, True)
    assert ready.action == Ready("bob")
    assert isinstance(provision.action, Provision)
    assert provision.gives == {"mail.subject", "mail.from", "mail.to", "mail.id"}
    assert isinstance(expect.action, Expect)
    assert (expect.action.within, expect.action.after) == (0.25, "in")
    assert expect.action.capture == {"state": ("email", "state")}
    assert expect.gives == {"email", "state"}
    assert isinstance(call.action, Call)
    assert (call.action.method, call.action.path) == ("POST", "/api/v2/me/emails/${email}")
    assert call.uses == {"email", "queue", "bob.user_uri"}
    assert call.requires == ("told",)
    assert isinstance(never.action, Never)
    assert (never.check, last.check) == ("email.whole.told", "email.whole")
    assert isinstance(last.action, Call)
    assert (last.action.text, last.action.json) == ("${state}", MISSING)


def test_checks_inherit_the_level_of_the_scenario_and_keep_their_line() -> None:
    own, told = read(WHOLE).checks
    assert (own.id, own.level, own.requirements, own.line) == (
        "email.whole",
        Level.SHOULD,
        ("R-1",),
        1,
    )
    assert (told.id, told.level, told.line) == ("email.whole.told", Level.MUST, 14)


def test_an_expectation_follows_from_the_last_thing_that_was_done() -> None:
    steps = "  - expect: {agent: alice, data: 1}\n  - never: {agent: alice, data: 1}\n"
    scenario = read(HEAD + PROVISION + steps)
    assert [getattr(step.action, "after", None) for step in scenario.steps] == [
        None,
        "step-1",
        "step-1",
    ]


@pytest.mark.parametrize(
    ("raw", "taken", "refused", "told"),
    [
        (200, [200], [201, 404], "200"),
        ("2xx", [200, 204], [302, 404], "2xx"),
        ([200, "4xx"], [200, 404], [201, 500], "200 or 4xx"),
    ],
)
def test_statuses_are_single_ones_and_classes(
    raw: object, taken: list[int], refused: list[int], told: str
) -> None:
    statuses = read_statuses(raw)
    assert all(status in statuses for status in taken)
    assert not any(status in statuses for status in refused)
    assert str(statuses) == told
