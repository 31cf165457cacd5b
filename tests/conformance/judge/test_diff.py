"""What is a difference, where it is told, and what it means: one row a case."""

import pytest

from conformance.judge.relations import Patience
from tapestry.story.model import Rule

EMAIL, OTHER, THIRD = "00012a9HEEG0325N", "00012a9HEEG033EC", "00012a9HEEG034QM"


@pytest.fixture
def accepted(day):
    """A day on which one email is accepted; ``more`` goes into the notification."""

    def story(email=EMAIL, reference=2, **more):
        made = day().change(email, "Invited")
        made.call("accept", "Accept", email, reference=reference)
        return made.change(email, "Processing", cause="accept", reference=reference, **more)

    return story


@pytest.mark.parametrize(
    ("old", "new", "kind", "seen", "path"),
    [
        ({"subject": "a"}, {}, "breaking", "removed", "email.subject"),
        ({"x-new": 1}, {}, "breaking", "removed", "email.x-new"),
        ({}, {"newcomer": 1}, "additive", "added", "email.newcomer"),
        ({"subject": "a"}, {"subject": 1}, "breaking", "type changed", "email.subject"),
        ({"subject": "a"}, {"subject": None}, "breaking", "type changed", "email.subject"),
        ({"subject": "a"}, {"subject": "b"}, "breaking", "changed", "email.subject"),
        ({"unlisted": "a"}, {"unlisted": "b"}, "changed", "changed", "email.unlisted"),
        ({"userData": {"k": 0}}, {"userData": {"k": 1}}, "changed", "changed", "email.userData.k"),
        ({"userData": {"k": 0}}, {"userData": {}}, "breaking", "removed", "email.userData.k"),
        (
            {"userData": {"k": 0}},
            {"userData": {"k": "0"}},
            "breaking",
            "type changed",
            "email.userData.k",
        ),
        (
            {"userData": {"a b": 0}},
            {"userData": {}},
            "breaking",
            "removed",
            "email.userData['a b']",
        ),
        (
            {"capabilities": ["A", "B"]},
            {"capabilities": ["A"]},
            "breaking",
            "removed",
            "email.capabilities[*]",
        ),
        (
            {"capabilities": ["A"]},
            {"capabilities": ["A", "B"]},
            "additive",
            "added",
            "email.capabilities[*]",
        ),
        ({"l": [1, 1]}, {"l": [1, 2]}, "changed", "changed", "email.l[*]"),
        ({"l": []}, {"l": {}}, "breaking", "type changed", "email.l"),
    ],
)
def test_a_field_of_a_notification(accepted, told, old, new, kind, seen, path):
    assert told(accepted(**old), accepted(**new)) == [(kind, seen, path)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"capabilities": ["A", "B"]}, {"capabilities": ["B", "A"]}),
        ({"n": 1}, {"n": 1.0}),
        ({"receivedDate": "2026-11-21"}, {"receivedDate": "2026-11-22"}),
        ({"userData": {"Header_Date": "a"}}, {"userData": {"Header_Date": "b"}}),
        ({"uri": f"http://a:1/api/v2/email/{EMAIL}"}, {"uri": f"https://b/api/v2/email/{EMAIL}"}),
        (
            {"suggestedQueueUris": ["http://a/queues/7"]},
            {"suggestedQueueUris": ["http://b/queues/8"]},
        ),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"to": ["x@example.com"]}, {"to": ["x@example.com"]}),
    ],
)
def test_what_is_no_difference(accepted, told, old, new):
    assert told(accepted(**old), accepted(**new)) == []


def test_a_volatile_value_must_keep_its_type(accepted, told):
    assert told(accepted(receivedDate="x"), accepted(receivedDate=7)) == [
        ("breaking", "type changed", "email.receivedDate")
    ]


def test_metrics_of_a_notification_are_not_looked_into(day, told):
    old = day().deliver({"messageType": "X", "metrics": {"nanos": 1, "more": [1]}})
    new = day().deliver({"messageType": "X", "metrics": {"other": -1}})
    assert told(old, new) == []


def test_an_address_elsewhere_than_in_a_uri_is_a_value(accepted, told):
    old, new = accepted(body="see http://a/x"), accepted(body="see http://b/x")
    assert told(old, new) == [("breaking", "changed", "email.body")]


def test_entries_of_a_list_are_known_by_their_id(accepted, told):
    def attachments(*entries):
        return accepted(attachments=[{"id": n, "name": name} for n, name in entries])

    old = attachments(("0000Fa92G5HY0J6E", "a"), ("0000Fa92G5HY0J6F", "b"))
    new = attachments(("0000Fa92G5HY0J6F", "b"), ("0000Fa92G5HY0J6E", "changed"))
    assert told(old, new) == [("breaking", "changed", "email.attachments[*].name")]


def test_an_id_that_turns_into_text_is_told(accepted, told):
    assert told(accepted(reference=2), accepted(reference="2")) == [
        ("breaking", "changed", "Accept.answer.referenceId"),
        ("breaking", "changed", "referenceId"),
    ]


@pytest.mark.parametrize(
    ("new", "kind", "path"),
    [
        ({"status": 500}, "breaking", "Accept.status"),
        ({"answer": {"statusCode": 2}}, "breaking", "Accept.answer.statusCode"),
        ({"answer": {}}, "breaking", "Accept.answer.statusCode"),
        ({"answer": {"statusCode": 0, "more": 1}}, "additive", "Accept.answer.more"),
        ({"request": {"saveLAR": True}}, "changed", "Accept.request.saveLAR"),
    ],
)
def test_a_field_of_a_call(day, told, new, kind, path):
    old = day().call("a", "Accept", EMAIL)
    assert [(f[0], f[2]) for f in told(old, day().call("a", "Accept", EMAIL, **new))] == [
        (kind, path)
    ]


def test_an_answer_that_is_no_json_any_more(day, told):
    old, new = day().call("a", "Accept", EMAIL), day().call("a", "Accept", EMAIL, answer="<html>")
    assert told(old, new) == [("breaking", "type changed", "Accept.answer")]


def test_an_unknown_operation_is_compared_too(day, told):
    old = day().call("a", "GET /x", method="GET", path="/x", answer={"n": 1})
    new = day().call("a", "GET /x", method="GET", path="/x", answer={"n": 2})
    assert told(old, new) == [("changed", "changed", "GET /x.answer.n")]


def test_another_state_is_a_changed_value_and_no_lost_notification(day, told):
    old, new = day().change(EMAIL, "Completed"), day().change(EMAIL, "Revoked")
    assert told(old, new) == [("breaking", "changed", "email.state")]


def test_a_lost_notification_breaks_and_an_extra_one_changes(day, told, accepted):
    once, twice = accepted(), accepted().change(EMAIL, "Completed")
    assert told(twice, once) == [("breaking", "missing", "delivery[StatusChange Completed]")]
    assert told(once, twice) == [("changed", "extra", "delivery[StatusChange Completed]")]


def test_a_notification_of_an_unknown_type_is_additive(accepted, told):
    new = accepted().deliver({"messageType": "PresenceMessage"})
    assert told(accepted(), new) == [("additive", "extra", "delivery[PresenceMessage]")]


def test_a_doubled_notification(accepted, told):
    new = accepted().change(EMAIL, "Processing", cause="accept", reference=2)
    assert told(accepted(), new) == [("changed", "duplicated", "delivery[StatusChange Processing]")]


def test_a_notification_on_another_channel(accepted, told):
    assert told(accepted(), accepted(channel="/v2/me/chats")) == [
        ("breaking", "changed", "channel")
    ]


def test_data_may_have_a_member_called_channel(day, told):
    old = day().deliver({"messageType": "X", "channel": "email"})
    new = day().deliver({"messageType": "X", "channel": "chat"})
    assert told(old, new) == [("changed", "changed", "data.channel")]


def test_data_that_is_no_object(day, told):
    class Text(str):
        def get(self, _):
            return None

    assert told(day().deliver(Text("a")), day().deliver(Text("b"))) == [
        ("changed", "changed", "data")
    ]


def test_a_notification_for_the_wrong_agent(day, told):
    def offered(agent):
        made = day().call("t", "Transfer", EMAIL)
        made.call("me", "Me", agent="agent#2", method="GET")
        return made.change(EMAIL, "Invited", agent=agent)

    assert told(offered("agent#2"), offered("agent#1")) == [
        ("breaking", "misplaced", "delivery[StatusChange Invited].agent")
    ]


def test_a_notification_about_the_wrong_interaction(day, compare):
    def two(second):
        made = day().change(EMAIL, "Invited", subject="a").change(OTHER, "Invited", subject="b")
        return made.change(second, "Revoked", subject="b")

    (finding,) = compare(two(OTHER), two(EMAIL))
    assert (finding.path, finding.old, finding.new) == (
        "delivery[StatusChange Revoked].interaction",
        "email#2",
        "email#1",
    )


def test_notifications_in_another_order(day, told):
    def states(*given):
        made = day()
        for state in given:
            made.change(EMAIL, state)
        return made

    old, new = (
        states("Invited", "Processing", "Completed"),
        states("Invited", "Completed", "Processing"),
    )
    assert [(kind, seen) for kind, seen, _ in told(old, new)] == [("changed", "out of order")]


def test_calls_are_the_client_s_own_affair(day, told, accepted):
    more = accepted().call("again", "Reject", EMAIL)
    assert told(accepted(), more) == [("changed", "extra", "call[Reject]")]
    assert told(more, accepted()) == [("changed", "missing", "call[Reject]")]


def test_a_call_that_is_not_answered_any_more(day, told):
    answered, cut = day().call("a", "Accept", EMAIL), day().cut("Accept", EMAIL)
    assert told(answered, cut) == [("breaking", "not answered", "call[Accept]")]
    assert told(cut, answered) == [("changed", "not answered", "call[Accept]")]
    assert told(cut, cut) == []


def test_a_held_poll_that_was_cut_is_transport(day, told):
    assert told(day().cut(None), day()) == []


def test_a_subscription_that_is_refused(day, told):
    old = day().session("subscribe", "/v2/me/emails")
    new = day().session("subscribe", "/v2/me/emails", successful=False)
    assert told(old, new) == [("breaking", "changed", "subscribe /v2/me/emails.successful")]


def test_opening_and_closing_is_the_client_s_affair_but_being_dropped_is_not(day, told):
    assert told(day().session("open").session("close"), day().session("resume")) == []
    assert told(day(), day().session("close", successful=False)) == [
        ("changed", "extra", "session[close]")
    ]


def caused(day, cause, **more):
    made = day().call("accept", "Accept", EMAIL).call("transfer", "Transfer", EMAIL)
    return made.change(EMAIL, "Processing", cause=cause, **more)


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        ("accept", None, ["breaking"]),
        ("accept", "transfer", ["breaking"]),
        (None, "accept", ["changed"]),
        ("accept", "accept", []),
    ],
)
def test_the_cause_of_a_notification(day, told, old, new, kinds):
    assert [f[0] for f in told(caused(day, old), caused(day, new))] == kinds


@pytest.mark.parametrize("weak", [{"rule": Rule.NEAREST}, {"ambiguous": True}])
def test_a_weak_cause_is_never_held_against_a_server(day, told, weak):
    assert told(caused(day, "accept", **weak), caused(day, "transfer", **weak)) == []
    assert told(caused(day, None), caused(day, "transfer", **weak)) == []


def test_a_lost_cause_is_not_told_when_the_call_itself_is_missing(day, told):
    old = day().call("accept", "Accept", EMAIL).change(EMAIL, "Processing", cause="accept")
    assert told(old, day().change(EMAIL, "Processing")) == [("changed", "missing", "call[Accept]")]


@pytest.mark.parametrize(
    ("old", "new", "late"),
    [(30, 1000, True), (30, 279, False), (200, 600, False), (200, 601, True), (1000, 30, False)],
)
def test_what_is_late(day, compare, old, new, late):
    def after(latency):
        made = day().call("a", "Accept", EMAIL, at=0)
        return made.change(EMAIL, "Processing", at=latency, cause="a")

    found = [(f.kind.value, f.old, f.new) for f in compare(after(old), after(new))]
    assert found == ([("timing", old, new)] if late else [])


def test_an_offer_is_not_late_before_the_colleague_is_there(day, compare):
    def offered(ready, offer):
        made = day().call("r", "Reject", EMAIL, at=0)
        made.call("ready", "Ready", at=ready, agent="agent#2")
        return made.change(
            EMAIL, "Invited", at=offer, agent="agent#2", cause="r", rule=Rule.SUCCESSOR
        )

    prompt = offered(ready=1, offer=5)
    assert compare(prompt, offered(ready=900, offer=905)) == ()
    assert [f.seen for f in compare(prompt, offered(ready=100, offer=905))] == ["late"]


def test_a_slow_answer_is_late_and_patience_can_be_chosen(day, compare):
    old, new = (day().call("a", "Accept", EMAIL, took=took) for took in (10, 900))
    assert [f.path for f in compare(old, new)] == ["Accept.took"]
    assert compare(old, new, Patience(factor=100, floor=0)) == ()


def many(day, count, **more):
    made = day()
    for n in range(count):
        email = f"00012a9HEEG{n:05d}"
        made.change(email, "Invited", subject=f"subject {n}")
        made.call(f"a{n}", "Accept", email, reference=n + 1)
        made.change(email, "Processing", cause=f"a{n}", reference=n + 1, **more)
    return made


def test_one_cause_in_two_hundred_events_is_one_finding(day, compare):
    (finding,) = compare(
        many(day, 200, userData={"_AutoReplyCount": 0}), many(day, 200, userData={})
    )
    assert (finding.count, finding.path) == (200, "email.userData._AutoReplyCount")
    assert finding.where == "agent#1 StatusChange Processing email#1, event 3"
    assert finding.message == (
        "email.userData._AutoReplyCount: removed, was 0 × 200, first"  # noqa: RUF001 - times
        " (agent#1 StatusChange Processing email#1, event 3)"
    )


def test_few_different_values_stay_apart_and_many_are_one(day, compare):
    def subjects(count, text):
        made = day()
        for n in range(count):
            made.change(f"00012a9HEEG{n:05d}", "Invited", contactId="c", subject=text(n))
        return made

    def run(count):
        found = compare(subjects(count, lambda n: f"a{n}"), subjects(count, lambda n: f"b{n}"))
        return [finding.count for finding in found]

    assert run(3) == [1, 1, 1]
    assert run(9) == [9]


def test_shuffled_interactions_are_told_apart_by_what_is_said_in_them(day, compare):
    def mails(order, *, whole):
        made = day()
        for n in order:
            more = {"body": "x"} if whole else {}
            made.change(f"00012a9HEEG{n:05d}", "Invited", subject=f"subject {n}", **more)
        return made

    (finding,) = compare(mails(range(50), whole=True), mails(reversed(range(50)), whole=False))
    assert (finding.path, finding.count) == ("email.body", 50)


def test_an_agent_and_an_interaction_that_have_no_counterpart(day, told):
    bob = day().change(EMAIL, "Invited").call("x", "Me", agent="agent#2", method="GET")
    assert told(bob, day().change(EMAIL, "Invited")) == [("changed", "missing", "call[Me]")]
    assert told(day(), day().change(EMAIL, "Invited")) == [
        ("changed", "extra", "delivery[StatusChange Invited]")
    ]


def test_every_message_keeps_within_its_line(day, compare):
    long = "x" * 500
    old = day().change(EMAIL, "Invited", **{long: {"deep" * 50: long}})
    new = day().change(EMAIL, "Invited", **{long: {"deep" * 50: long + "y"}})
    (finding,) = compare(old, new)
    assert len(finding.message) <= 200
    assert "\n" not in finding.message


def test_gravest_findings_come_first(accepted, compare):
    old = accepted(subject="a", userData={"k": 1})
    new = accepted(userData={"k": 2}, newcomer=1)
    assert [f.kind.value for f in compare(old, new)] == ["breaking", "changed", "additive"]
