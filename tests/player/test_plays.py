"""Many desktops at once, each with the recorded day for itself."""

from __future__ import annotations

import pytest

from tapestry.player.app import player_app
from tapestry.player.plays import alone
from tapestry.problems import Problem


@pytest.fixture
def app(taped_day):
    app = player_app(taped_day.cassette(), sharing="none", tell=lambda _: None)
    yield app
    app.close()


async def morning(desktop):
    await desktop.get("/api/v2/me")
    await desktop.listen()
    await desktop.me("StartContactCenterSession")
    await desktop.me("Ready")
    heard = [await desktop.news()]
    heard.append([(await desktop.email("Accept"))["statusCode"], await desktop.news()])
    return heard


async def test_ten_desktops_of_one_agent_do_not_get_into_each_others_way(app, browser):
    desktops = [browser(app, "alice") for _ in range(10)]
    for desktop in desktops:
        assert await morning(desktop) == [["Invited"], [0, ["Processing"]]]
    assert len({desktop.cookies["JSESSIONID"] for desktop in desktops}) == 10
    assert app.summary().misses == 0


async def test_what_others_did_on_the_tape_is_not_waited_for(app, browser):
    """Alice transferred the email to Bob; here nobody plays Alice, and it comes all the same."""
    assert await morning(browser(app, "bob")) == [["Invited"], [0, ["Processing"]]]


async def test_a_repeated_write_is_a_miss_in_the_play_that_used_it_only(app, browser):
    one, other = browser(app, "alice"), browser(app, "alice")
    await morning(one)
    assert (await one.email("Accept"))["statusCode"] == 6
    assert (await morning(other))[1][0] == 0
    assert app.summary().misses == 1


async def test_the_summary_counts_what_any_of_them_did(app, browser):
    assert app.summary().used == ()
    for user in ("alice", "bob"):
        await morning(browser(app, user))
    summary = app.summary()
    assert summary.delivered == 4
    assert len(summary.castings) == 2


async def test_an_invitation_can_be_released_to_all_of_them(taped_day, browser):
    app = player_app(taped_day.cassette(), sharing="none", tell=lambda _: None)
    desktops = [browser(app, "alice") for _ in range(3)]
    for desktop in desktops:
        await desktop.get("/api/v2/me")
        await desktop.listen()
    assert app.release("agent#1") == "/v2/me/emails"
    assert [await desktop.news() for desktop in desktops] == [["Invited"]] * 3
    app.close()


def test_a_story_alone_keeps_the_causes_that_are_an_agents_own(two_agents):
    story = two_agents.story()
    agents = {call.n: call.agent for call in story.calls}
    lost = [d for d, a in zip(story.deliveries, alone(story).deliveries, strict=True) if d != a]
    assert lost
    assert all(agents[delivery.cause] != delivery.agent for delivery in lost)


def test_another_word_is_no_sharing(taped_day):
    with pytest.raises(Problem, match="not a sharing: 'some'"):
        player_app(taped_day.cassette(), sharing="some")
