"""Aligns two sequences of events: who is whose counterpart, and what has none.

Minimum edit distance, so that one event more or less shifts nothing behind it. Equal ends are taken
off first; what is left is searched within a band around the diagonal, which bounds the work for
long recordings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

BAND = 250
"""How far, in events, a counterpart may have moved from its own position."""

_BOTH, _OLD, _NEW = 0, 1, 2
_FAR = 1 << 60


def align[T](
    old: Sequence[T], new: Sequence[T], cost: Callable[[T, T], int], gap: int
) -> list[tuple[T | None, T | None]]:
    """Return the pairs of the cheapest alignment, in order; ``None`` stands for no counterpart.

    ``cost`` is that of taking two events for counterparts, 0 when they are alike in everything; two
    that cost more than ``2 * gap`` never are. ``gap`` is the cost of one event without counterpart.
    """
    head = _alike(old, new, cost)
    old_rest, new_rest = old[head:], new[head:]
    tail = _alike(old_rest[::-1], new_rest[::-1], cost)
    middle = _align_middle(
        old_rest[: len(old_rest) - tail], new_rest[: len(new_rest) - tail], cost, gap
    )
    pairs: list[tuple[T | None, T | None]] = list(zip(old[:head], new[:head], strict=True))
    pairs += middle
    if tail:
        pairs += zip(old[-tail:], new[-tail:], strict=True)
    return pairs


def _alike[T](old: Sequence[T], new: Sequence[T], cost: Callable[[T, T], int]) -> int:
    """Return how many events at the beginning of both are alike."""
    count = 0
    for one, other in zip(old, new, strict=False):
        if cost(one, other) != 0:
            break
        count += 1
    return count


def _align_middle[T](
    old: Sequence[T], new: Sequence[T], cost: Callable[[T, T], int], gap: int
) -> list[tuple[T | None, T | None]]:
    moves = _moves(old, new, cost, gap)
    pairs: list[tuple[T | None, T | None]] = []
    i, j = len(old), len(new)
    while i or j:
        move = _NEW if not i else _OLD if not j else moves[i][j]
        i, j = i - (move != _NEW), j - (move != _OLD)
        pairs.append((None if move == _NEW else old[i], None if move == _OLD else new[j]))
    return pairs[::-1]


def _moves[T](
    old: Sequence[T], new: Sequence[T], cost: Callable[[T, T], int], gap: int
) -> list[dict[int, int]]:
    """Return, for every cell within the band, the last move of the cheapest way to it."""
    band = BAND + abs(len(old) - len(new))
    above = {j: j * gap for j in range(min(len(new), band) + 1)}
    moves: list[dict[int, int]] = [{}]
    for i, one in enumerate(old, start=1):
        row: dict[int, int] = {}
        chosen: dict[int, int] = {}
        for j in range(max(0, i - band), min(len(new), i + band) + 1):
            ways = (
                above.get(j - 1, _FAR) + cost(one, new[j - 1]) if j else _FAR,
                above.get(j, _FAR) + gap,
                row.get(j - 1, _FAR) + gap,
            )
            row[j] = min(ways)
            chosen[j] = ways.index(row[j])
        above = row
        moves.append(chosen)
    return moves
