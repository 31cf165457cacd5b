"""The summary at the end of a play, as people read it."""

from __future__ import annotations

from tapestry.player.miss import Cause
from tapestry.player.summary import MAX_LISTED, Summary, as_text


def summary(story, **changes):
    parts = {
        "used": story.calls[:1],
        "unused": story.calls[1:2],
        "delivered": 2,
        "undelivered": story.deliveries[:1],
        "missed": {(Cause.ALREADY_USED, "POST /x"): 3},
        "castings": (),
        "warnings": ("careful",),
    }
    return Summary(**(parts | changes))


def test_a_play_is_summed_up_in_a_line_and_what_calls_for_attention(workday):
    assert as_text(summary(workday.story())) == (
        "replayed 1 of 2 recorded calls and 2 of 3 deliveries; 3 missed\n"
        '  unused: entry 3, agent#1: POST /api/v2/me "StartContactCenterSession"\n'
        "  not released: entry 6, agent#1: EmailStateChangeMessage on /v2/me/emails\n"
        "  missed: already used: POST /x (3 times)\n"
        "  warning: careful"
    )


def test_long_lists_are_cut_and_it_is_said(workday):
    calls = workday.story().calls * MAX_LISTED
    lines = as_text(summary(workday.story(), unused=calls)).splitlines()
    unused = [line for line in lines if line.startswith("  unused")]
    assert len(unused) == MAX_LISTED + 1
    assert unused[-1] == f"  unused: and {len(calls) - MAX_LISTED} more"


def test_a_perfect_play_needs_one_line(workday):
    nothing = {"unused": (), "undelivered": (), "missed": {}, "warnings": ()}
    assert as_text(summary(workday.story(), **nothing)) == (
        "replayed 1 of 1 recorded calls and 2 of 2 deliveries; 0 missed"
    )
