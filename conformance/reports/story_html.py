"""A story as one offline HTML page: the time line, with the reason for every arrow."""

from __future__ import annotations

import json

from conformance.reports.page import render_page
from tapestry.story.alias import Aliases
from tapestry.story.model import Call, Delivery, Event, Story
from tapestry.story.text import reason, told
from tapestry.story.why import why


def story_html(story: Story, aliases: Aliases, name: str) -> str:
    """Return the page; ``aliases`` must know the story's identifiers already."""
    return render_page(
        "story.html.j2",
        name=name,
        story=story,
        rows=[_row(event, story, aliases) for event in story.events],
    )


def _row(event: Event, story: Story, aliases: Aliases) -> dict[str, object]:
    what, note = told(event, story, aliases)
    row: dict[str, object] = {
        "event": event,
        "kind": type(event).__name__.removesuffix("Event").lower(),
        "what": what,
        "note": note,
        "lane": story.agents.index(event.agent),
        "why": "",
        "bodies": [],
    }
    if isinstance(event, Delivery):
        row |= {"note": reason(event, story), "why": why(event, story)}
        row["bodies"] = [("data", _pretty(event.data))]
    elif isinstance(event, Call):
        row["bodies"] = [("request", _pretty(event.request)), ("answer", _pretty(event.body))]
    return row


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
