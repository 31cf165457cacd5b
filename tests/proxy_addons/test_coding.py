import gzip
import zlib

import brotli
import pytest
import zstandard

from proxy_addons import coding
from proxy_addons.coding import decoded

TEXT = b"The quick brown fox. " * 5000
RAW = zlib.compressobj(wbits=-15)
CODED = {
    "gzip": gzip.compress(TEXT),
    "x-gzip": gzip.compress(TEXT[:1000]) + gzip.compress(TEXT[1000:]),
    "deflate": zlib.compress(TEXT),
    "Deflate": RAW.compress(TEXT) + RAW.flush(),
    "br": brotli.compress(TEXT),
    "zstd": zstandard.compress(TEXT),
    "identity": TEXT,
    "gzip, br": brotli.compress(gzip.compress(TEXT)),
}


@pytest.mark.parametrize("name", CODED)
def test_a_coding_comes_off(name):
    assert decoded(CODED[name], name, 1 << 30) == (TEXT, 0)


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
def test_what_exceeds_the_limit_is_counted_and_not_kept(name):
    assert decoded(CODED[name], name, 10) == (TEXT[:10], len(TEXT) - 10)


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd", "unheard-of"])
def test_what_is_not_in_the_coding_stays_as_it_is(name):
    assert decoded(b"plain text", name, 100) == (b"plain text", 0)


@pytest.mark.parametrize("name", ["gzip", "deflate"])
def test_a_body_that_was_cut_short_is_decoded_as_far_as_it_goes(name):
    begin, _ = decoded(CODED[name][:-20], name, 1 << 30)
    assert begin
    assert TEXT.startswith(begin)


@pytest.mark.parametrize("name", ["gzip", "br", "zstd"])
def test_a_bomb_does_not_go_off(name, monkeypatch):
    monkeypatch.setattr(coding, "MAX_COUNTED", 1 << 20)
    zeros = bytes(64 << 20)
    bomb = {
        "gzip": lambda: gzip.compress(zeros, 1),
        "br": lambda: brotli.compress(zeros, quality=1),
        "zstd": lambda: zstandard.compress(zeros),
    }[name]()
    kept, cut = decoded(bomb, name, 100)
    assert len(kept) == 100
    assert cut < 4 << 20
