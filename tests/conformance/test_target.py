from pathlib import Path

import pytest

from conformance.target import (
    Agent,
    CommandProvision,
    HttpProvision,
    load_target,
    read_target,
)
from tapestry.documents import parse_documents
from tapestry.problems import Problem, Problems

HEAD = "name: mine\nbase_url: http://127.0.0.1:8090/\n"


def read(text: str, **environment: str):
    [document] = parse_documents(HEAD + text, "t.yaml")
    return read_target(document, environment)


def test_what_a_target_file_leaves_out_has_the_documented_defaults() -> None:
    target = read("")
    assert target.base_url == "http://127.0.0.1:8090"
    assert (target.cometd, target.topic) == ("/api/v2/notifications", "/v2/me/emails")
    assert (target.csrf, target.session, target.transport) == ("auto", "auto", "long-polling")
    assert list(target.agents) == ["alice", "bob", "carol"]
    assert target.claims("anything")


@pytest.mark.parametrize("transport", ["long-polling", "websocket", "callback-polling"])
def test_a_target_says_how_it_is_listened_to_and_where_clients_may_publish(transport: str) -> None:
    target = read(f"transport: {transport}\npublish_channel: /chat/**\n")
    assert (target.transport, target.publish_channel) == (transport, "/chat/**")
    assert read("").publish_channel is None


def test_passwords_come_from_the_environment_and_are_never_shown() -> None:
    alice = "{username: al, password_env: P, user_uri: /u/al}"
    target = read(f"agents:\n  alice: {alice}\n  bob: {{username: b}}\n", P="s3cret")
    assert target.agents["alice"] == Agent("alice", "al", "s3cret", "/u/al")
    assert target.agents["bob"] == Agent("bob", "b")
    assert "s3cret" not in repr(target)


def test_only_claimed_capabilities_are_claimed() -> None:
    target = read("capabilities: [transfer-queue]\n")
    assert target.claims("transfer-queue")
    assert not target.claims("save-lar")


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("agents:\n  alice: {password: x}\n", "4:11", "a password stands in the file"),
        ("agents: {a: {username: a, password_env: NO_SUCH}}\n", "3:27", "NO_SUCH"),
        ("agnts: {}\n", "3:1", "did you mean 'agents'?"),
        ("transport: pigeon\n", "3:1", "pigeon"),
        ("provision: {email: {}}\n", "3:", ""),
        ("provision: {email: {http: {path: /x}, command: [x]}}\n", "3:", ""),
        ("provision: {email: {http: {path: '/${subjct}'}}}\n", "3:13", "unknown variable subjct"),
        ("provision: {email: {http: {path: /x, id: $..x}}}\n", "3:38", "not a JSON path"),
    ],
)
def test_a_fault_is_told_where_it_stands(text: str, place: str, words: str) -> None:
    with pytest.raises(Problem) as caught:
        read(text)
    assert f"t.yaml:{place}" in str(caught.value)
    assert words in str(caught.value)


def test_all_missing_passwords_are_told_at_once() -> None:
    with pytest.raises(Problems) as caught:
        read("agents: {a: {username: a, password_env: A}, b: {username: b, password_env: B}}\n")
    assert len(caught.value.problems) == 2


def test_a_password_in_the_file_is_refused_without_being_repeated() -> None:
    with pytest.raises(Problem) as caught:
        read("agents: {alice: {password: hunter2}}\n")
    assert "hunter2" not in str(caught.value)
    assert "password_env" in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://", "http://:80", "http://h:99999", "https://user:pw@host", "http://h:0"]
)
def test_a_url_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(Problem) as caught:
        load_target(url, {})
    assert "pw@" not in str(caught.value)


def test_a_bare_url_is_a_server_like_the_reference() -> None:
    target = load_target("http://127.0.0.1:1/", {"TAPESTRY_ALICE_PASSWORD": "x"})
    assert target.base_url == "http://127.0.0.1:1"
    assert target.agents["alice"] == Agent("alice", "alice", "x")
    assert target.agents["bob"] == Agent("bob", "bob")
    assert target.provision["email"].aims


def test_a_target_file_is_read_from_disk(tmp_path: Path) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(HEAD + "provision: {email: {command: [./send, '${subject}']}}\n")
    target = load_target(str(file), {})
    assert target.provision["email"] == CommandProvision(("./send", "${subject}"), tmp_path)
    assert not target.provision["email"].aims


@pytest.mark.parametrize("reference", ["no-such-file.yaml", "ftp://host/x"])
def test_what_is_neither_file_nor_url_is_refused(reference: str) -> None:
    with pytest.raises(Problem):
        load_target(reference, {})


def test_a_way_of_provisioning_aims_when_it_uses_the_agent() -> None:
    assert HttpProvision("/x", json={"to": ["${agent}"]}).aims
    assert not HttpProvision("/x", json={"to": "${to}"}).aims
    assert CommandProvision(("send", "${agent}")).aims
