"""Reads and writes the causes that a person has set for a tape's deliveries.

A tape holds wire facts, and what follows from what is drawn from them by rule. Where the rule is
wrong, a person knows better; that knowledge stands in a file beside the tape, ``day.yaml.causes``
for ``day.yaml``, so that the tape stays what was recorded and any reader of tapes can read it.
"""

from __future__ import annotations

from pathlib import Path

from tapestry.documents import read_document
from tapestry.tape.model import Edge
from tapestry.tape.node import Node

SUFFIX = ".causes"


def edges_path(tape: Path) -> Path:
    """Return the file of the edges that belong to ``tape``, whether or not it is there."""
    return tape.with_name(tape.name + SUFFIX)


def edges_beside(tape: Path) -> tuple[Edge, ...]:
    """Return the edges that a person has set for ``tape``. Raises :class:`Problem`."""
    file = edges_path(tape)
    if not file.is_file():
        return ()
    document = read_document(file)
    causes = Node(document, document.value).fields(("causes",), ())["causes"]
    if causes.value is None:  # every line is a comment still
        return ()
    return tuple(_edge(item) for item in causes.items())


def edge_line(edge: Edge) -> str:
    """Return ``edge`` as one line of the file."""
    message = f", message: {edge.message}" if edge.message > 1 else ""
    cause = "none" if edge.cause is None else edge.cause
    return f"- {{entry: {edge.entry}{message}, cause: {cause}}}"


def _edge(item: Node) -> Edge:
    fields = item.fields(("entry", "cause"), ("message",))
    cause = fields["cause"]
    return Edge(
        entry=fields["entry"].whole_number(),
        cause=None if cause.value == "none" else cause.whole_number(),
        message=fields["message"].whole_number() if "message" in fields else 1,
        where=item.document.place(*item.path),
    )
