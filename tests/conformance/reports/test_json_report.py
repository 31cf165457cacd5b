import json

from conformance.model import Run
from conformance.reports.json_report import render_json


def test_the_contract_fields_are_there(mixed: Run) -> None:
    printed = json.loads(render_json(mixed))
    assert printed["verdict"] == "non-conformant"
    assert printed["exit"] == 1
    assert printed["target"] == "my-server"
    assert printed["counts"]["checks"] == 6
    failed = next(check for check in printed["checks"] if check["outcome"] == "fail")
    assert failed["id"] == "accept.state"
    assert failed["level"] == "MUST"
    assert failed["requirements"] == ["GWS-ACCEPT-03"]
    assert failed["scenario"] == "email.accept"
    assert failed["transport"] == "long-polling"
    assert failed["findings"] == [
        {
            "class": "mismatch",
            "path": "$.email.state",
            "expected": "Processing",
            "observed": "Invited",
            "message": "wrong state",
        }
    ]


def test_the_counts_add_up_to_the_checks(mixed: Run) -> None:
    counts = json.loads(render_json(mixed))["counts"]
    assert sum(number for name, number in counts.items() if name != "checks") == counts["checks"]
