import pytest

from tapestry.bayeux.errors import SESSION_UNKNOWN, BayeuxError


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("402::session_unknown", BayeuxError(402, "session_unknown")),
        ("402::Unknown client", BayeuxError(402, "Unknown client")),
        ("401:abc:Unknown client", BayeuxError(401, "Unknown client", ("abc",))),
        ("403:a,b:x:y", BayeuxError(403, "x:y", ("a", "b"))),
        ("404::", BayeuxError(404, "")),
    ],
)
def test_an_error_reads_and_writes_the_same(text, error):
    assert BayeuxError.parse(text) == error
    assert str(error) == text


@pytest.mark.parametrize("text", [None, "", 402, "boom", "40::x", "402:x", "4022::x"])
def test_another_form_is_no_error(text):
    assert BayeuxError.parse(text) is None


def test_our_own_unknown_session_is_spelt_as_by_cometd():
    assert str(SESSION_UNKNOWN) == "402::session_unknown"
