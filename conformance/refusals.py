"""Writes the scenarios of broken requests: one fault for each keyword of a request's schema.

What a documented request must hold is data already, so the requests that a server must refuse
follow from it. They are kept as scenario files, which a person can read and a target can be held
to; a test keeps them equal to what is written here.

    python -m conformance.refusals      # writes them anew
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from conformance.collect import SHIPPED
from conformance.language.load import SUFFIX
from tapestry.catalogue import Catalogue, Violation, catalogue, violation
from tapestry.catalogue.faults import GONE, Fault, faults
from tapestry.catalogue.model import Operation

FOLDER = SHIPPED / "email" / "requests"

_INVITED = """\
  - provision: {as: mail, agent: alice, subject: A request with a fault}
  - id: ready
    expect:
      agent: alice
      where: {email: {subject: "${mail.subject}"}}
      data: {email: {state: Invited}}
      capture: {email: $.email.id}
"""
_OWNED = f"""\
{_INVITED.replace("id: ready", "id: invited")}\
  - id: accepted
    call:
      agent: alice
      request: POST /api/v2/me/emails/${{email}}
      json: {{operationName: Accept}}
      answer: {{status: 200}}
  - id: ready
    expect:
      agent: alice
      after: accepted
      where: {{email: {{id: "${{email}}", state: {{$not: Invited}}}}}}
      data: {{email: {{state: Processing}}}}
"""
_DRAFTED = """\
  - id: created
    call:
      agent: alice
      request: POST /api/v2/me/emails
      json: {operationName: Create, queueUri: "${queue_uri}"}
      answer: {status: 200}
  - id: ready
    expect:
      agent: alice
      after: created
      where: {email: {state: Composing}}
      data: {email: {state: Composing}}
      capture: {email: $.email.id}
"""
_SETTINGS = {"Invited": _INVITED, "Processing": _OWNED, "Composing": _DRAFTED}


def scenario_files(known: Catalogue) -> Iterator[tuple[Path, str]]:
    """Yield each file of broken requests with its text: one for each email operation."""
    for operation in known.operations:
        if operation.api == "email" and operation.request is not None:
            name = operation.request.rpartition("/")[2].removesuffix(".request.yaml")
            yield FOLDER / f"{name}{SUFFIX}", scenario(known, operation, name)


def scenario(known: Catalogue, operation: Operation, name: str) -> str:
    """Return the scenario that tries every fault of an operation's request."""
    states = operation.applies.states
    setting = _SETTINGS[states[0]] if states else ""
    needs = "" if operation.name in ("Accept", "Reject", "Transfer") else _needs(operation)
    composes = "Composing" in states[:1]
    told = list(broken(known, operation))
    return (
        f"# Written by conformance/refusals.py from schemas/{operation.request}.\n"
        f"id: email.requests.{name}\n"
        f"title: A {operation.name} request with a fault is refused and changes nothing\n"
        f"source: {known.pages[operation.source.page].title}; Return Values\n"
        f"requirements: [GWS-RETURN-04, GWS-RETURN-06]\n{needs}"
        + ("variables: {queue_uri: /api/v2/queues/support}\n" if composes else "")
        + f"agents: [alice]\nsteps:\n{setting}"
        + "".join(
            _step(operation, f"{name}.{number:02}", fault, found, bool(setting))
            for number, (fault, found) in enumerate(told, 1)
        )
        + _silence(operation, name, bool(setting))
    )


def broken(known: Catalogue, operation: Operation) -> Iterator[tuple[Fault, Violation]]:
    """Yield the faults of a request that a page lets a server refuse, each with what it breaks."""
    assert operation.request is not None
    good = known.schemas.content(operation.request)["examples"][0]
    for fault in faults(known.schemas, operation.request, good):
        if fault.keyword == "oneOf" and fault.given is not GONE:
            continue  # a page says "or", and leaves open what both together mean
        found = known.check_request(operation, fault.value)
        binding = [one for one in found if one.level in ("MUST", "SHOULD")]
        if binding and all(one.kind != violation.READING for one in found):
            yield fault, binding[0]


def _needs(operation: Operation) -> str:
    return f"needs: [{', '.join(_CAPABILITIES[operation.name])}]\n"


def _step(
    operation: Operation, number: str, fault: Fault, found: Violation, has_setting: bool
) -> str:
    code = _expected_code(found)
    requirements = [found.requirement, *(["GWS-RETURN-07"] if code == "1" else [])]
    return (
        f"  - id: fault-{number.rpartition('.')[2]}\n"
        "    check:\n"
        f"      id: email.requests.{number}\n"
        f"      title: {json.dumps(_title(operation, fault))}\n"
        f"      level: {found.level}\n"
        f"      requirements: [{', '.join(requirements)}]\n"
        + ("    requires: [ready]\n" if has_setting else "")
        + "    call:\n"
        "      agent: alice\n"
        f"      request: {operation.method} {operation.path.replace('{id}', '${email}')}\n"
        f"      json: {json.dumps(fault.value)}\n"
        "      answer:\n"
        "        status: [2xx, 4xx]\n"
        f"        json: {{statusCode: {code}, statusMessage: {{$type: string}}}}\n"
    )


def _expected_code(found: Violation) -> str:
    """Return what statusCode may say: 1 of a missing parameter, which a page promises."""
    if found.kind == violation.MISSING and found.level == "MUST":
        return "1"
    return "{$one_of: [1, 2, 3, 6, 10]}"


def _title(operation: Operation, fault: Fault) -> str:
    return f"{operation.name} is refused when {fault.title}"


def _silence(operation: Operation, name: str, has_setting: bool) -> str:
    about = '{email: {id: "${email}"}}' if has_setting else "{email: {state: Composing}}"
    return (
        "  - check:\n"
        f"      id: email.requests.{name}.silent\n"
        f"      title: None of these {operation.name} requests is followed by a notification\n"
        "      requirements: [GWS-RETURN-06]\n"
        + ("    requires: [ready]\n" if has_setting else "")
        + "    never:\n      agent: alice\n      after: fault-01\n"
        f"      data: {about}\n"
    )


_CAPABILITIES: dict[str, Sequence[str]] = {
    **dict.fromkeys(("Create", "Reply", "ReplyAll", "Save", "Send", "Cancel"), ("compose",)),
    **dict.fromkeys(("AddAttachment", "RemoveAttachment"), ("compose", "attachments")),
    **dict.fromkeys(("AttachUserData", "UpdateUserData", "DeleteUserData"), ("user-data",)),
    **dict.fromkeys(("AddComment", "SetInFocus"), ("comment",)),
    "Complete": ("complete",),
    "SetDisposition": ("disposition",),
}


def main() -> None:
    """Write every file anew."""
    FOLDER.mkdir(exist_ok=True)
    for file, text in scenario_files(catalogue()):
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
