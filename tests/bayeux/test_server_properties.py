"""What holds for the server machine whatever strangers send it, in whatever order."""

from hypothesis import given
from hypothesis import strategies as st

_json = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 99) | st.sampled_from(["", "/a", "/a/*", "s1"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("timeout"), inner),
    max_leaves=4,
)
_channels = [f"/meta/{verb}" for verb in ("handshake", "connect", "disconnect", "subscribe", "x")]
_clients = st.sampled_from(["s1", "s2", "s3"])
_fields = st.fixed_dictionaries(
    {"channel": st.sampled_from([*_channels, "/meta/unsubscribe", "/a", "/service/x"])},
    optional={
        "id": _json,
        "clientId": _clients | _json,
        "data": _json,
        "subscription": _json,
        "advice": _json,
        "version": st.just("1.0") | _json,
        "supportedConnectionTypes": st.just(["long-polling"]) | _json,
        "connectionType": st.just("long-polling") | _json,
    },
)
_polls = _clients.map(lambda client: {"channel": "/meta/connect", "clientId": client})
_messages = _fields | _polls | st.dictionaries(st.just("channel"), _json)
_steps = st.lists(
    st.tuples(st.just("say"), st.lists(_messages, max_size=3), st.sampled_from(["alice", "bob"]))
    | st.tuples(st.sampled_from(["deliver", "expire"]), _clients)
    | st.tuples(st.just("wait"), st.integers(1, 20))
    | st.tuples(st.just("lost"), st.integers(0, 20)),
    max_size=25,
)


@given(_steps)
def test_every_link_is_answered_once_and_nobody_gets_what_is_anothers(talk_with, say, steps):
    talk = talk_with(timeout=5, max_interval=10)
    owner = {talk.open("/**", who="alice"): "alice", talk.open("/**", who="bob"): "bob"}
    sender, lost = {}, set()
    for step in steps:
        match step:
            case ("say", messages, who):
                link = len(sender)
                sender[link] = who
                talk.say(*messages, over=link, who=who)
            case ("deliver", client):
                talk.deliver(client, "/mine", {"for": owner.get(client)})
            case ("expire", client):
                talk.carry_out(talk.server.expire(client, talk.now))
            case ("wait", seconds):
                talk.wait(seconds)
            case ("lost", link):
                if link in sender and link not in talk.answers:
                    lost.add(link)
                talk.carry_out(talk.server.lost(link, talk.now))
        owner |= {s.id: s.principal for s in talk.server.sessions.values()}
    talk.carry_out(talk.server.close(talk.now))
    assert set(sender) - set(talk.answers) == lost
    for link, who in sender.items():
        answer = talk.answers.get(link, [])
        for message in answer if isinstance(answer, list) else []:
            if message.get("channel") == "/mine":
                assert message["data"] == {"for": who}
