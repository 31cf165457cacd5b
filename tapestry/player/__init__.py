"""The player: serves a cassette as if the recorded server were there.

A desktop under test, in CI or on a train, talks to it with any Bayeux client and at any pace. Each
agent of the tape has a lane of its own, each notification follows the call that caused it, and a
call that the tape does not have is explained. The player knows no other server to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tapestry.serving import Listen
    from tapestry.tape.model import Cassette

__all__ = ["play"]


@contextmanager
def play(
    cassette: Cassette | Path | str,
    *,
    listen: Listen | None = None,
    timing: str = "causal",
    speed: float = 1.0,
    sharing: str = "all",
    tell: Callable[[str], None] | None = None,
) -> Iterator[str]:
    """Serve ``cassette`` (or the file that holds it) during the block; yields the base URL.

    ``timing`` is ``causal``, ``recorded`` or ``none``, ``speed`` scales recorded gaps, ``sharing``
    is ``all`` or ``none`` (each client lives the day for itself), and ``tell`` hears of misses and
    guesses (standard error by default). Raises :class:`Problem` when the file cannot be read.
    """
    from tapestry.player.app import player_app
    from tapestry.serving import serving
    from tapestry.tape.codec import load

    tape = load(Path(cassette)) if isinstance(cassette, str | Path) else cassette
    told: dict[str, Any] = {} if tell is None else {"tell": tell}
    app = player_app(tape, timing=timing, speed=speed, sharing=sharing, **told)
    with serving(app, listen, before_stop=app.close) as base_url:
        yield base_url
