"""A fault breaks one keyword, in one place, and nothing that it was not meant to break."""

import pytest

from tapestry.catalogue import Catalogue, catalogue
from tapestry.catalogue.faults import GONE, faults, replaced

REQUESTS = [one for one in catalogue().operations if one.request is not None]


@pytest.mark.parametrize("operation", REQUESTS, ids=lambda one: one.name)
def test_every_fault_of_a_request_is_refused_and_its_example_is_not(
    known: Catalogue, operation
) -> None:
    good = known.schemas.content(operation.request)["examples"][0]
    assert known.schemas.errors(operation.request, good) == []
    found = list(faults(known.schemas, operation.request, good))
    assert {"type", "required"} <= {fault.keyword for fault in found}
    for fault in found:
        errors = known.schemas.errors(operation.request, fault.value)
        assert fault.keyword in {error.keyword for error in errors}
        assert fault.value != good


def test_each_keyword_is_broken_once_at_each_place(known: Catalogue) -> None:
    good = {"operationName": "Transfer", "queueName": "support"}
    titles = [fault.title for fault in faults(known.schemas, "email/transfer.request.yaml", good)]
    assert len(set(titles)) == len(titles)
    assert "$.queueName breaks minLength" in titles
    assert "$.operationName breaks required" in titles


@pytest.mark.parametrize(
    ("path", "given", "expected"),
    [
        ((), 1, 1),
        (("a",), 1, {"a": 1, "b": [{"c": 2}, 3]}),
        (("a",), GONE, {"b": [{"c": 2}, 3]}),
        (("b", 0, "c"), 1, {"a": 0, "b": [{"c": 1}, 3]}),
        (("b", 0, "c"), GONE, {"a": 0, "b": [{}, 3]}),
        (("b", 1), 1, {"a": 0, "b": [{"c": 2}, 1]}),
    ],
)
def test_a_part_of_a_value_is_replaced_and_the_value_stays(path, given, expected) -> None:
    value = {"a": 0, "b": [{"c": 2}, 3]}
    assert replaced(value, path, given) == expected
    assert value == {"a": 0, "b": [{"c": 2}, 3]}
