"""Says in a sentence why a delivery is held to follow from a call, or from none."""

from __future__ import annotations

from tapestry.story.model import Call, Delivery, Rule, Story


def why(delivery: Delivery, story: Story) -> str:
    """Return the evidence for the cause of ``delivery``, for people."""
    if delivery.cause is None:
        return _uncaused(delivery)
    cause = story.events[delivery.cause - 1]
    assert isinstance(cause, Call)
    doubt = " Another call was under way at the time and may be meant." * delivery.ambiguous
    return _evidence(delivery, cause) + doubt


def _uncaused(delivery: Delivery) -> str:
    if delivery.rule is Rule.EDITED:
        return "Somebody has written beside the tape that no call caused it."
    return "No call on the tape accounts for it: the server sent it of its own accord."


def _evidence(delivery: Delivery, cause: Call) -> str:
    gap = f"{abs(delivery.at - cause.at):.0f} ms"
    match delivery.rule:
        case Rule.EDITED:
            return f"Somebody has written beside the tape that call {cause.n} caused it."
        case Rule.REFERENCE:
            number = f"referenceId {cause.reference}"
            return f"It carries {number}, as the answer to call {cause.n} does."
        case Rule.SUCCESSOR:
            who = "the agent itself" if cause.agent == delivery.agent else cause.agent
            return (
                f"{cause.operation} is documented to bring this about, and call {cause.n} by {who}"
                f" is the latest on the same interaction, {gap} before."
            )
        case _:
            return (
                f"Call {cause.n} is the latest change on the same interaction, {gap} before."
                " Nothing better is known: a guess."
            )
