"""Misuse is answered with the documented statusCode; reads show what an agent may see."""

import pytest

OWNED = ("alice logs in", "bob logs in", "an email comes for alice", "alice accepts")
OFFERED = ("alice logs in", "bob logs in", "an email comes for alice")


def status(outcome):
    return outcome.answer.http, outcome.answer.body["statusCode"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", (400, 10)),
        (b"", (400, 10)),
        (b'{"operationName": "\xff"}', (400, 10)),
        (b'{"operationName": "\\ud800"}', (400, 10)),
        (b"[" * 100_000, (400, 10)),
        ([], (400, 10)),
        ("Accept", (400, 10)),
        ({}, (400, 1)),
        ({"operationName": None}, (400, 1)),
        ({"operationName": ""}, (400, 1)),
        ({"operationName": 7}, (400, 10)),
        ({"operationName": "accept"}, (400, 10)),
        ({"operationName": "Create"}, (400, 10)),
    ],
    ids=lambda value: repr(value)[:40],
)
@pytest.mark.parametrize("path", ["/api/v2/me", "/api/v2/me/channels/email", "emails"])
def test_a_body_that_names_no_operation_changes_nothing(floor, path, body, expected):
    floor.given(*OFFERED)
    path = f"/api/v2/me/emails/{floor.email}" if path == "emails" else path
    outcome = floor.call("POST", path, "alice", body)
    assert status(outcome) == expected
    assert set(outcome.answer.body) == {"statusCode", "statusMessage"}
    assert outcome.notifications == ()
    assert floor.desk.centre.emails[floor.email].offered_to == "alice"


@pytest.mark.parametrize(
    ("parameters", "expected", "last_agent"),
    [
        ({}, (200, 0), None),
        ({"saveLAR": True}, (200, 0), "alice"),
        ({"saveLAR": "true"}, (200, 0), "alice"),
        ({"saveLAR": False}, (200, 0), None),
        ({"saveLAR": "false"}, (200, 0), None),
        ({"saveLAR": 1}, (400, 10), None),
        ({"saveLAR": "yes"}, (400, 10), None),
        ({"saveLAR": None}, (400, 10), None),
    ],
)
def test_save_lar_puts_the_agent_into_the_contact_profile(floor, parameters, expected, last_agent):
    outcome = floor.given(*OFFERED).operate("alice", "Accept", **parameters)
    assert status(outcome) == expected
    state = floor.call("GET", "/admin/state").answer.body
    assert state["contacts"]["customer@example.com"]["lastAgent"] == last_agent


BOB_ID = "bobs id"


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, (400, 1)),
        ({"userUri": "", "queueName": None}, (400, 1)),
        ({"targetUri": "/api/v2/users/bob"}, (200, 0)),
        ({"userUri": "/api/v2/users/bob", "queueName": "support"}, (400, 10)),
        ({"userUri": 5}, (400, 10)),
        ({"queueName": ["support"]}, (400, 10)),
        ({"userUri": "bob"}, (400, 10)),
        ({"userUri": "/api/v2/queues/bob"}, (400, 10)),
        ({"userUri": "http://localhost/api/v2/users/mallory"}, (404, 6)),
        ({"queueName": "Support"}, (404, 6)),
        ({"userUri": "http://localhost:8080/api/v2/users/bob"}, (200, 0)),
        ({"userUri": f"http://[host]/api/v2/users/{BOB_ID}"}, (200, 0)),
        ({"userUri": "https://gws.example.com/cloud-web/api/v2/users/bob/"}, (200, 0)),
        ({"userUri": "users/b%6fb"}, (200, 0)),
        ({"queueName": "billing"}, (200, 0)),
    ],
    ids=repr,
)
def test_transfer_takes_exactly_one_target(floor, parameters, expected):
    bob = floor.desk.roster.find("bob")
    parameters = {
        name: value.replace(BOB_ID, bob.id) if isinstance(value, str) else value
        for name, value in parameters.items()
    }
    outcome = floor.given(*OWNED).operate("alice", "Transfer", **parameters)
    assert status(outcome) == expected
    assert floor.told(outcome) == (
        ["alice Processing #2", "bob Invited"] if expected == (200, 0) else []
    )


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        (None, (400, 1)),
        ([], (400, 10)),
        ("email", (400, 10)),
        ([{"channel": "email"}], (400, 10)),
        (["fax"], (400, 10)),
        (["email", "email"], (200, 0)),
        (["email", "chat"], (200, 0)),
    ],
    ids=repr,
)
def test_a_session_is_started_on_known_channels(floor, channels, expected):
    outcome = floor.me("alice", "StartContactCenterSession", channels=channels)
    assert status(outcome) == expected
    assert ("alice" in floor.desk.centre.sessions) is (expected == (200, 0))


def test_a_session_on_some_unknown_channels_is_a_partial_success(floor):
    outcome = floor.me("alice", "StartContactCenterSession", channels=["fax", "email", "pager"])
    assert outcome.answer.http == 200
    assert outcome.answer.body == {
        "statusCode": 7,
        "failed": [
            {"statusCode": 10, "statusMessage": "Channel 'fax' is not supported", "channel": "fax"},
            {
                "statusCode": 10,
                "statusMessage": "Channel 'pager' is not supported",
                "channel": "pager",
            },
        ],
        "succeeded": [{"statusCode": 0, "channel": "email"}],
    }
    assert floor.told(outcome) == ["alice email=Ready"]


def test_readiness_is_set_for_one_channel_or_for_all(floor):
    floor.me("alice", "StartContactCenterSession", channels=["email", "chat"])
    assert floor.told(floor.channel("alice", "NotReady", "chat")) == ["alice chat=NotReady"]
    assert floor.told(floor.me("alice", "NotReady")) == ["alice email=NotReady chat=NotReady"]
    assert floor.told(floor.me("alice", "Ready")) == ["alice email=Ready chat=Ready"]


def test_readiness_needs_a_channel_of_the_session(floor):
    floor.given("alice logs in")
    assert status(floor.channel("alice", "Ready", "chat")) == (400, 2)
    assert status(floor.channel("alice", "Ready", "fax")) == (404, 6)


def test_an_email_goes_only_to_agents_who_take_email(floor):
    floor.me("alice", "StartContactCenterSession", channels=["chat"])
    assert floor.told(floor.arrives()) == []


def test_reference_ids_are_consecutive_across_agents_and_repeated_in_the_notification(floor):
    floor.given(*OFFERED)
    seen = []
    for agent, operation in [("alice", "Reject"), ("alice", "Accept"), ("bob", "Accept")]:
        outcome = floor.operate(agent, operation)
        seen.append(outcome.answer.body.get("referenceId"))
        for told in outcome.notifications:
            by_actor = told.agent == agent
            assert told.data.get("referenceId") == (seen[-1] if by_actor else None)
    assert seen == [1, None, 2]


@pytest.mark.parametrize(
    ("letter", "expected"),
    [
        ({"from": "c@example.com", "to": "s@example.com"}, (400, 1)),
        ({"subject": "Hi", "to": "s@example.com"}, (400, 1)),
        ({"subject": "Hi", "from": "c@example.com"}, (400, 1)),
        ({"subject": "Hi", "from": "c@example.com", "to": ["s@example.com"]}, (400, 10)),
        ({"subject": "Hi", "from": "c@example.com", "to": "s@example.com", "agent": "x"}, (404, 6)),
        (b"no json", (400, 10)),
    ],
    ids=repr,
)
def test_an_incomplete_letter_is_refused(floor, letter, expected):
    assert status(floor.call("POST", "/admin/emails", None, letter)) == expected
    assert floor.desk.centre.emails == {}


def test_a_letter_may_leave_its_agent_empty(floor):
    outcome = floor.given("alice logs in").arrives(agent="")
    assert set(outcome.answer.body) == {"id"}
    assert floor.told(outcome) == ["alice Invited"]


def test_the_state_shows_what_no_agent_sees(floor):
    floor.given(*OFFERED, "alice rejects", "bob accepts", "bob gives it to queue support")
    state = floor.call("GET", "/admin/state").answer.body
    assert state["agents"]["alice"] == {"channels": {"email": "Ready"}}
    assert state["agents"]["carol"] == {"channels": None}
    assert state["emails"] == [
        {
            "id": floor.email,
            "subject": "Late parcel",
            "from": "customer@example.com",
            "to": "support@example.com",
            "state": "Invited",
            "owner": None,
            "offeredTo": "alice",
            "queue": "support",
            "rejectedBy": [],
        }
    ]


# Reads


def test_me_is_the_user_who_asks(floor):
    user = floor.call("GET", "/api/v2/me", "bob").answer.body["user"]
    assert (user["userName"], user["firstName"], user["lastName"]) == ("bob", "Bob", "Baker")
    assert user["uri"] == f"http://gws.example.com:8090/api/v2{user['path']}"
    assert len(user["id"]) == 32


def test_a_list_without_fields_is_uris(floor):
    floor.given(*OFFERED)
    body = floor.call("GET", "/api/v2/me/emails", "alice").answer.body
    assert body == {
        "statusCode": 0,
        "uris": [f"http://gws.example.com:8090/api/v2/email/{floor.email}"],
    }


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ({"fields": "id,subject"}, ["id subject"]),
        ({"fields": "id, assignedTo, nonsense"}, ["assignedTo id"]),
        ({"fields": "id", "state": "Processing"}, ["id"]),
        ({"fields": "id", "state": "Invited"}, []),
        ({"fields": "id", "limit": "1"}, ["id"]),
    ],
    ids=repr,
)
def test_fields_choose_attributes_and_an_attribute_filters(floor, query, keys):
    floor.given(*OWNED)
    emails = floor.call("GET", "/api/v2/me/emails", "alice", **query).answer.body["emails"]
    assert [" ".join(sorted(email)) for email in emails] == keys


def test_only_what_an_agent_holds_is_listed_or_read(floor):
    floor.given(*OFFERED)
    path = f"/api/v2/me/emails/{floor.email}"
    assert floor.call("GET", "/api/v2/me/emails", "bob").answer.body["uris"] == []
    assert status(floor.call("GET", path, "bob")) == (403, 3)
    assert status(floor.call("GET", "/api/v2/me/emails/NOSUCH", "bob")) == (404, 6)
    listed = floor.call("GET", "/api/v2/me/emails", "alice", fields="*").answer.body["emails"]
    for spelling in (path, f"/api/v2/email/{floor.email}", f"/api/v2/emails/{floor.email}"):
        assert floor.call("GET", spelling, "alice").answer.body["email"] == listed[0]


def test_a_desktop_finds_a_colleague(floor):
    users = floor.call("GET", "/api/v2/users", "alice", userName="bob", fields="uri,id").answer.body
    [bob] = users["users"]
    by_id = floor.call("GET", f"/api/v2/users/{bob['id']}", "alice").answer.body["user"]
    by_name = floor.call("GET", "/api/v2/users/bob", "alice").answer.body["user"]
    assert by_id == by_name
    assert by_id["uri"] == bob["uri"]
    assert status(floor.call("GET", "/api/v2/users/mallory", "alice")) == (404, 6)
    assert len(floor.call("GET", "/api/v2/users", "alice").answer.body["uris"]) == 3


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/api/v2/diagnostics/version", (200, 0)),
        ("GET", "/api/v2/me/", (200, 0)),
        ("GET", "/api/v2/nonsense", (404, 6)),
        ("GET", "/api/v2/me/emails/a/b", (404, 6)),
        ("PUT", "/api/v2/me", (405, 3)),
        ("DELETE", "/api/v2/me/emails/X", (405, 3)),
        ("GET", "/admin/emails", (405, 3)),
    ],
)
def test_routes(floor, method, path, expected):
    assert status(floor.call(method, path, "alice")) == expected


def test_an_id_is_percent_decoded(floor):
    floor.given(*OFFERED)
    encoded = "".join(f"%{ord(letter):02x}" for letter in floor.email)
    assert status(floor.call("GET", f"/api/v2/me/emails/{encoded}", "alice")) == (200, 0)


def test_an_outcome_says_what_was_asked(floor):
    outcome = floor.given(*OFFERED).do("alice accepts")
    command = outcome.command
    assert (command.operation, command.agent, command.email) == ("Accept", "alice", floor.email)
    assert outcome.email.owner == "alice"
    assert outcome.bystanders == ("bob", "carol")
