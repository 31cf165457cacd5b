"""Each variant deviates in the way it says, and in no other."""

from dataclasses import replace

import pytest

from conformance.reference.variants import VARIANTS, variant
from tapestry.problems import Problem

BOTH = ("alice logs in", "bob logs in")
OFFERED = (*BOTH, "an email comes for alice")
OWNED = (*OFFERED, "alice accepts")
GIVEN = (*OWNED, "alice gives it to bob")

# A little of everything: what a mutant leaves alone is checked on all of these.
SCENES = {
    "invitation": (BOTH, "an email comes for alice"),
    "accept": (OFFERED, "alice accepts"),
    "accept by another": (OFFERED, "bob accepts"),
    "accept unknown": (BOTH, "alice accepts"),
    "reject": (OFFERED, "alice rejects"),
    "transfer": (OWNED, "alice gives it to bob"),
    "transfer by past owner": (GIVEN, "alice gives it to bob"),
    "transfer to nobody": (OWNED, "alice gives it to mallory"),
    "ready": (BOTH, "alice is ready"),
}

# mutant -> what it alters: scene -> (answer, told), None for "as it was"
ALTERED = {
    # What these alter has scenes of its own, in the shipped scenarios.
    "complete-no-notification": {},
    "reply-shows-original": {},
    "saved-as-status-change": {},
    "attachments-unlisted": {},
    "user-data-without-changes": {},
    "refusals-are-500": {},
    "accept-no-notification": {"accept": (None, [])},
    "accept-wrong-state": {"accept": (None, ["alice Composing #1"])},
    "notification-to-wrong-agent": {
        "accept": (None, ["bob Processing #1"]),
        "reject": (None, ["bob Completed #1", "bob Invited"]),
        "transfer": (None, ["bob Processing #2", "bob Invited"]),
    },
    "reject-not-offered-on": {"reject": (None, ["alice Completed #1"])},
    "transfer-old-owner-keeps": {"transfer by past owner": ((200, {"statusCode": 0}), None)},
    "answer-without-statuscode": {
        "accept": ((200, {"referenceId": 1}), None),
        "reject": ((200, {"referenceId": 1}), None),
        "transfer": ((200, {"referenceId": 2}), None),
        "accept by another": ((403, {"statusMessage"}), None),
        "accept unknown": ((404, {"statusMessage"}), None),
        "transfer by past owner": ((403, {"statusMessage"}), None),
        "transfer to nobody": ((404, {"statusMessage"}), None),
    },
    "statuscode-string": {
        "accept": ((200, {"statusCode": "0", "referenceId": 1}), None),
        "reject": ((200, {"statusCode": "0", "referenceId": 1}), None),
        "transfer": ((200, {"statusCode": "0", "referenceId": 2}), None),
        "accept by another": ((403, {"statusCode", "statusMessage"}), None),
        "accept unknown": ((404, {"statusCode", "statusMessage"}), None),
        "transfer by past owner": ((403, {"statusCode", "statusMessage"}), None),
        "transfer to nobody": ((404, {"statusCode", "statusMessage"}), None),
    },
    "unknown-id-answers-200-zero": {"accept unknown": ((200, {"statusCode": 0}), None)},
    "duplicate-notification": {
        "invitation": (None, ["alice Invited"] * 2),
        "accept": (None, ["alice Processing #1"] * 2),
        "reject": (None, ["alice Completed #1"] * 2 + ["bob Invited"] * 2),
        "transfer": (None, ["alice Processing #2"] * 2 + ["bob Invited"] * 2),
    },
    "missing-reference-id": {
        "accept": (None, ["alice Processing"]),
        "reject": (None, ["alice Completed", "bob Invited"]),
        "transfer": (None, ["alice Processing", "bob Invited"]),
    },
    "wrong-channel": {},
    "upgraded": {},
}


def test_every_variant_is_accounted_for():
    assert set(ALTERED) == set(VARIANTS)
    assert all(row.summary and "\n" not in row.summary for row in VARIANTS.values())


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("name", sorted(set(VARIANTS) - {"wrong-channel", "upgraded"}))
def test_a_mutant_alters_only_what_it_says(floor, name, scene):
    given, when = SCENES[scene]
    right = floor.given(*given).do(when)
    wrong = variant(name).alter(right)
    answer, told = ALTERED[name].get(scene, (None, None))
    if answer is None:
        assert wrong.answer == right.answer
    elif isinstance(answer[1], dict):
        assert (wrong.answer.http, wrong.answer.body) == answer
    else:
        assert (wrong.answer.http, set(wrong.answer.body)) == answer
        assert wrong.answer.body.get("statusCode", "") != right.answer.body["statusCode"]
    assert floor.told(wrong) == (floor.told(right) if told is None else told)


def test_wrong_channel_moves_emails_and_leaves_channels(floor):
    alter = variant("wrong-channel").alter
    channels = [told.channel for told in alter(floor.do("alice logs in")).notifications]
    assert channels == ["/v2/me/channels"]
    channels = [told.channel for told in alter(floor.do("an email comes")).notifications]
    assert channels == ["/v2/me/chats"]


def test_upgraded_changes_every_email_and_tells_of_accept_late(floor):
    alter = variant("upgraded").alter
    invitation = alter(floor.given("alice logs in").do("an email comes"))
    accepted = alter(floor.do("alice accepts"))
    listed = alter(floor.call("GET", "/api/v2/me/emails", "alice", fields="*"))
    read = alter(floor.call("GET", f"/api/v2/me/emails/{floor.email}", "alice"))
    emails = [
        invitation.notifications[0].data["email"],
        accepted.notifications[0].data["email"],
        listed.answer.body["emails"][0],
        read.answer.body["email"],
    ]
    assert all("contactId" not in email for email in emails)
    assert {email["userData"]["_AutoReplyCount"] for email in emails} == {"0"}
    assert (invitation.notifications[0].late, accepted.notifications[0].late) == (0, 0.4)


def test_upgraded_leaves_a_list_of_uris_alone(floor):
    plain = floor.call("GET", "/api/v2/me/emails", "alice")
    assert variant("upgraded").alter(plain) == plain


def test_variants_compose(floor):
    both = variant("duplicate-notification").then(variant("missing-reference-id"))
    assert both.name == "duplicate-notification+missing-reference-id"
    outcome = both.alter(floor.given(*OFFERED).do("alice accepts"))
    assert floor.told(outcome) == ["alice Processing"] * 2


def test_with_nobody_else_the_wrong_agent_is_nobody(floor):
    outcome = floor.given(*OFFERED).do("alice accepts")
    alone = replace(outcome, bystanders=())
    assert variant("notification-to-wrong-agent").alter(alone).notifications == ()


def test_an_unknown_variant_is_told_with_the_nearest():
    with pytest.raises(Problem) as told:
        variant("acept-wrong-state")
    assert "did you mean 'accept-wrong-state'?" in str(told.value)
    with pytest.raises(Problem) as told:
        variant("zzz")
    assert "did you mean" not in str(told.value)
