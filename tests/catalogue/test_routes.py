from __future__ import annotations

import pytest

from tapestry.catalogue import Catalogue

ACCEPT = {"operationName": "Accept"}


@pytest.mark.parametrize(
    ("method", "path", "body", "operation", "params"),
    [
        ("POST", "/api/v2/me/emails/0123", ACCEPT, "Accept", {"id": "0123"}),
        ("post", "/api/v2/me/emails/0123", ACCEPT, "Accept", {"id": "0123"}),
        ("POST", "/api/v2/me/emails/a%2Fb%20c", ACCEPT, "Accept", {"id": "a/b c"}),
        ("POST", "/api/v2/me/emails/%F0%9F%93%A7", ACCEPT, "Accept", {"id": "\U0001f4e7"}),
        ("POST", "/api/v2/me/emails/0123/", ACCEPT, "Accept", {"id": "0123"}),
        ("POST", "/api/v2/me/emails/0123?x=1", ACCEPT, "Accept", {"id": "0123"}),
        ("POST", "/cloud-web/api/v2/me/emails/0123", ACCEPT, "Accept", {"id": "0123"}),
        ("GET", "/api/v2/me/emails/0123", None, "GetEmail", {"id": "0123"}),
        ("GET", "/api/v2/me/emails", None, "ListEmails", {}),
        ("GET", "/api/v2/me", None, "Me", {}),
        ("GET", "/api/v2/me/", None, "Me", {}),
        ("POST", "/api/v2/me", {"operationName": "Ready"}, "ReadyOnAllChannels", {}),
        (
            "POST",
            "/api/v2/me/channels/email",
            {"operationName": "Ready"},
            "Ready",
            {"channel": "email"},
        ),
    ],
)
def test_a_documented_request_is_recognised(
    known: Catalogue, method: str, path: str, body: object, operation: str, params: dict[str, str]
) -> None:
    recognised = known.recognise(method, path, body)
    assert recognised is not None
    assert recognised.operation.name == operation
    assert recognised.params == params


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/v2/me/emails/0123", None),
        ("POST", "/api/v2/me/emails/0123", "Accept"),
        ("POST", "/api/v2/me/emails/0123", {}),
        ("POST", "/api/v2/me/emails/0123", {"operationName": "Fly"}),
        ("POST", "/api/v2/me/emails/0123", {"operationName": ["Accept"]}),
        ("POST", "/api/v2/me/emails/", ACCEPT),
        ("POST", "/api/v2/me/emails/0123/attachments", ACCEPT),
        ("DELETE", "/api/v2/me/emails/0123", ACCEPT),
        ("POST", "/other/me/emails/0123", ACCEPT),
        ("POST", "", ACCEPT),
    ],
)
def test_any_other_request_is_not(known: Catalogue, method: str, path: str, body: object) -> None:
    assert known.recognise(method, path, body) is None


def test_a_literal_segment_wins_over_a_parameter() -> None:
    from tapestry.catalogue.model import Operation, Source
    from tapestry.catalogue.routes import Router

    def operation(name: str, path: str) -> Operation:
        return Operation(name, "x", "GET", path, None, None, "a.yaml", Source("p", "h"))

    router = Router(
        [
            operation("One", "/api/{x}/end"),
            operation("All", "/api/all"),
            operation("X", "/api/{x}"),
        ],
        "/api",
        "operationName",
    )
    names = {
        path: found.operation.name
        for path in ("/api/all", "/api/b", "/api/all/end")
        if (found := router.recognise("GET", path, None))
    }
    assert names == {"/api/all": "All", "/api/b": "X", "/api/all/end": "One"}


def test_a_route_knows_whether_the_body_chooses(known: Catalogue) -> None:
    chosen, plain = known.route("POST", "/api/v2/me/emails/1"), known.route("GET", "/api/v2/me")
    assert chosen is not None
    assert chosen.by_name
    assert chosen.template == "/api/v2/me/emails/{id}"
    assert {"Accept", "Reject", "Transfer", "Complete", "Reply"} < set(chosen.operations)
    assert plain is not None
    assert not plain.by_name
    assert known.route("GET", "/elsewhere") is None
