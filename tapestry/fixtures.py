"""Fixtures for people who test a desktop or a client library with pytest.

A test names a cassette and gets the address of a player, or the address of a recorder and gets a
cassette. pytest finds this module by itself once Tapestry is installed; nothing is imported before
a test asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

Play = Callable[..., str]
Record = Callable[..., str]

MISS = "miss: "


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line(
        "markers",
        "tapestry(cassette, *, strict=True, **options): what the fixture tapestry_url plays;"
        " the path is relative to the test's file",
    )


@pytest.fixture
def tapestry_play(request: pytest.FixtureRequest) -> Iterator[Play]:
    """Return ``play(cassette, *, strict=True, **options) -> base_url``.

    The cassette is served until the test ends; ``options`` are those of :func:`tapestry.play`. A
    ``strict`` test fails, in its teardown, when a call was not on the cassette. A path is relative
    to the test's file.
    """
    import tapestry

    misses: list[str] = []
    with ExitStack() as running:

        def play(cassette: Any, *, strict: bool = True, **options: Any) -> str:
            told: list[str] = []
            running.callback(lambda: misses.extend(told if strict else ()))
            if isinstance(cassette, str | Path):
                cassette = request.path.parent / cassette
            return running.enter_context(
                tapestry.play(cassette, tell=lambda text: told.append(text), **options)
            )

        yield play
    found = [text for text in misses if text.startswith(MISS)]
    if found:
        pytest.fail("\n".join(found), pytrace=False)


@pytest.fixture
def tapestry_record() -> Iterator[Record]:
    """Return ``record(upstream, out, **options) -> base_url``.

    What passes is recorded until the test ends; ``options`` are those of :func:`tapestry.record`.
    """
    import tapestry

    with ExitStack() as running:

        def record(upstream: str, out: Path | str, **options: Any) -> str:
            return running.enter_context(tapestry.record(upstream, out, **options))

        yield record


@pytest.fixture
def tapestry_url(request: pytest.FixtureRequest, tapestry_play: Play) -> str:
    """Return the address of a player of the cassette that ``@pytest.mark.tapestry`` names."""
    marker = request.node.get_closest_marker("tapestry")
    if marker is None:
        pytest.fail("tapestry_url needs @pytest.mark.tapestry(CASSETTE)", pytrace=False)
    return tapestry_play(*marker.args, **marker.kwargs)
