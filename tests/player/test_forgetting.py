"""A client without cookies leaves nothing behind that grows."""

from tapestry.player.app import player_app


async def test_many_requests_without_cookies_leave_no_more_than_ten_clients(
    taped_day, browser, monkeypatch
):
    monkeypatch.setattr("tapestry.player.visitors.MAX_STRANGERS", 10)
    app = player_app(taped_day.cassette(), tell=lambda _: None)
    for _ in range(50):
        await browser(app).get("/api/v2/me")
        await browser(app).me("Ready")
    assert 1 <= len(app.summary().castings) <= 10


async def test_who_listens_is_not_forgotten(taped_day, browser):
    app = player_app(taped_day.cassette(), tell=lambda _: None)
    desktop = browser(app)
    await desktop.listen()
    (play,) = app._plays
    play.forget("client#1")
    await desktop.me("StartContactCenterSession")
    assert await desktop.news() == []
    play.forget("nobody")
    app.close()
