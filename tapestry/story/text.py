"""The story for people: a time line of one line an event, with an arrow back to each cause.

Every agent has a lane at the left, so that one sees at a glance who did what to whom; ids are shown
by their aliases. Meant for a terminal of 100 columns. Whatever stands on a tape is data: control
characters are shown, never sent to the terminal.
"""

from __future__ import annotations

from collections.abc import Iterator

from tapestry.story.alias import Aliases
from tapestry.story.model import Call, Delivery, EndEvent, Event, SessionEvent, Story
from tapestry.story.resource import state

WIDTH = 100
MAX_LANES = 12

_NOTE_COLUMN = 64
_MARKS = {Call: "→", Delivery: "←", SessionEvent: "○", EndEvent: "✗"}


def story_text(story: Story, aliases: Aliases) -> str:
    """Return the time line; ``aliases`` must know the story's identifiers already."""
    lines = [_title(story), ""]
    lines += [_line(event, story, aliases) for event in story.events]
    return "\n".join([*lines, "", *_legend()]) + "\n"


def _title(story: Story) -> str:
    unsolicited = sum(delivery.cause is None for delivery in story.deliveries)
    return (
        f"{_count(story.agents, 'agent')}, {_count(story.sessions, 'session')}, "
        f"{_count(story.calls, 'call')}, "
        f"{_count(story.deliveries, 'delivery', 'deliveries')} ({unsolicited} unsolicited)"
    )


def _count(things: tuple[object, ...], one: str, many: str = "") -> str:
    return f"{len(things)} {one if len(things) == 1 else many or one + 's'}"


def _legend() -> Iterator[str]:
    yield "→ call   ← delivery   ○ session   ✗ no answer"
    yield "'because of N (rule)' names the call that a delivery follows from; '?' marks a guess"


def _line(event: Event, story: Story, aliases: Aliases) -> str:
    what, note = told(event, story, aliases)
    when = f"{event.n:>4} {event.at:>8.0f} ms"
    head = f"{when}  {_lanes(event, story)}{event.agent}  {_MARKS[type(event)]} "
    room = max(_NOTE_COLUMN - len(head), 12)
    line = f"{head}{_clip(printable(what), room):<{room}} {printable(note)}"
    return _clip(line.rstrip(), WIDTH)


def _lanes(event: Event, story: Story) -> str:
    """Draw one column an agent, with a mark in the lane of the event's own."""
    if not 1 < len(story.agents) <= MAX_LANES:
        return ""
    marks = ("┃" if agent == event.agent else "│" for agent in story.agents)
    return "".join(marks) + " "


def told(event: Event, story: Story, aliases: Aliases) -> tuple[str, str]:
    """Return what happened, and what is to be said of it at the right."""
    match event:
        case Call():
            subject = _subject(event.interaction, aliases)
            return f"{event.operation}{subject}", _answer(event, aliases)
        case Delivery():
            kind = event.notification_type or event.message_type or "message"
            named = " ".join(filter(None, (kind, state(event.data))))
            return f"{named}{_subject(event.interaction, aliases)}", reason(event, story)
        case SessionEvent():
            what = f"{event.session or 'session'} {event.action}"
            refused = "" if event.successful else "refused"
            return what, " ".join(filter(None, (event.channel, refused)))
        case EndEvent():
            asked = f"{event.method} {event.path}" if event.method else event.of
            return event.operation or asked, event.reason


def _subject(interaction: str | None, aliases: Aliases) -> str:
    return f" {aliases.named(interaction)}" if interaction else ""


def _answer(call: Call, aliases: Aliases) -> str:
    parts = [str(call.status)]
    if isinstance(call.body, dict):
        if "statusCode" in call.body:
            parts.append(f"statusCode {call.body['statusCode']}")
        if call.reference is not None:
            parts.append(aliases.name("reference", call.reference))
    return " ".join(parts)


def reason(delivery: Delivery, story: Story) -> str:
    """Return in a few words what ``delivery`` follows from."""
    if delivery.cause is None:
        return "unsolicited" if delivery.rule is None else f"unsolicited ({delivery.rule})"
    cause = story.events[delivery.cause - 1]
    guess = "?" if delivery.ambiguous or delivery.rule == "nearest" else ""
    return f"because of {delivery.cause} ({delivery.rule}{guess}, {delivery.at - cause.at:.0f} ms)"


def printable(text: str) -> str:
    """Return ``text`` with everything that a terminal would act on shown as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _clip(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
