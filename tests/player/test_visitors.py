from __future__ import annotations

from tapestry.player.visitors import Visitors


def test_a_client_is_known_by_its_cookie():
    visitors = Visitors()
    alice, new = visitors.recognise(None, None)
    assert new
    assert visitors.recognise(alice.cookie, "Basic anything") == (alice, False)


def test_a_client_without_cookies_is_known_by_its_credentials_and_given_a_cookie():
    visitors = Visitors()
    alice, _ = visitors.recognise(None, "Basic a")
    assert visitors.recognise(None, "Basic a") == (alice, True)
    assert visitors.recognise("stale", "Basic a") == (alice, True)
    assert visitors.recognise(None, "Basic b")[0] is not alice


def test_a_client_without_either_is_a_new_one_each_time():
    visitors = Visitors()
    names = [visitors.recognise(None, None)[0].name for _ in range(2)]
    assert names == ["client#1", "client#2"]


def test_neither_cookies_nor_credentials_are_shown_or_kept():
    visitors = Visitors()
    visitor, _ = visitors.recognise(None, "Basic c2VjcmV0")
    assert visitor.cookie not in repr(visitor)
    assert visitor.csrf_token not in repr(visitor)
    assert "c2VjcmV0" not in repr(vars(visitors))


def test_strangers_who_never_come_back_are_forgotten_oldest_first(monkeypatch):
    monkeypatch.setattr("tapestry.player.visitors.MAX_STRANGERS", 2)
    forgotten = []
    visitors = Visitors(lambda visitor: forgotten.append(visitor.name))
    first, known, third = (visitors.recognise(None, None)[0] for _ in range(3))
    assert forgotten == [first.name]
    assert visitors.recognise(known.cookie, None) == (known, False)
    for _ in range(2):
        visitors.recognise(None, None)
    assert forgotten == [first.name, third.name]
    assert visitors.recognise(known.cookie, None) == (known, False)


def test_where_only_cookies_count_each_login_is_another_client():
    visitors = Visitors(by_cookie_only=True)
    one, other = (visitors.recognise(None, "Basic a")[0] for _ in range(2))
    assert one is not other
    assert visitors.recognise(one.cookie, "Basic a") == (one, False)
