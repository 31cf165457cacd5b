import pytest

from proxy_addons.sighting import (
    Answered,
    Asked,
    Broken,
    Closed,
    Dropped,
    Finished,
    Payload,
    Said,
    Unpacker,
    pack,
)

PAYLOAD = Payload(((b"A", b"\xff"),), b"\x00body", 3)
SIGHTINGS = [
    Asked("k", 1.5, "c1", b"POST", b"/x?y=1", PAYLOAD, "agent#1"),
    Asked("k", 1.5, "c1", b"GET", b"/", Payload(())),
    Answered("k", 2.5, 200, PAYLOAD),
    Broken("k", 2.5, "reset \udcff"),
    Said("k", 3.0, True, b"[]"),
    Closed("k", 3.0, "closed by client"),
    Dropped("k"),
    Finished(9.0),
]


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_sightings_survive_a_pipe_that_cuts_them_anywhere(size):
    stream = b"".join(map(pack, SIGHTINGS))
    unpacker = Unpacker()
    pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
    found = [sighting for piece in pieces for sighting in unpacker.feed(piece)]
    assert found == SIGHTINGS
    assert [type(one) for one in found] == [type(one) for one in SIGHTINGS]
