"""``tapestry show``: prints a cassette as the story it tells, for people or for programs."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tapestry.story.alias import Aliases
    from tapestry.story.model import Story


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``show``."""
    parser.add_argument("cassette", type=Path, metavar="CASSETTE", help="a recorded cassette")
    parser.add_argument(
        "--format",
        choices=("text", "json", "html", "causes"),
        default="text",
        help="a time line for people, the story as JSON, a page with the reason for every arrow, or"
        " the causes as a file to edit and save beside the cassette (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Print the story. Raises :class:`tapestry.problems.Problem` for an unreadable cassette."""
    from tapestry.catalogue import catalogue
    from tapestry.story.derive import derive
    from tapestry.tape.codec import load

    cassette = load(args.cassette)
    for warning in cassette.warnings:
        print(f"tapestry: {warning}", file=sys.stderr)
    known = catalogue()
    story = derive(cassette, known)
    match args.format:
        case "json":
            from tapestry.story.as_json import story_json

            print(json.dumps(story_json(story), indent=2, ensure_ascii=True))
        case "causes":
            print(_causes(story, args.cassette), end="")
        case style:
            from tapestry.story.alias import Aliases

            aliases = Aliases.of_story(story, known.identifiers)
            print(_page(story, aliases, args.cassette, style), end="")
    return 0


def _page(story: Story, aliases: Aliases, tape: Path, style: str) -> str:
    if style == "html":
        from conformance.reports.story_html import story_html

        return story_html(story, aliases, tape.name)
    from tapestry.story.text import story_text

    return story_text(story, aliases)


def _causes(story: Story, tape: Path) -> str:
    """Return every edge as a line to edit: those that were inferred are comments."""
    from tapestry.story.edited import edges_of, is_edited
    from tapestry.story.why import why
    from tapestry.tape.edges import edge_line, edges_path

    head = f"# What follows from what on {tape.name}. To change an edge, take its '#' away, set the"
    lines = [head, f"# entry of the call (or none), and save this as {edges_path(tape).name}."]
    lines.append("causes:")
    for delivery, edge in edges_of(story):
        mark = "" if is_edited(delivery) else "# "
        lines.append(f"{mark}{edge_line(edge)}  # {why(delivery, story)}")
    return "\n".join(lines) + "\n"
