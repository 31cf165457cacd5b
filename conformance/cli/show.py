"""``tapestry show``: prints a cassette as the story it tells, for people or for programs."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``show``."""
    parser.add_argument("cassette", type=Path, metavar="CASSETTE", help="a recorded cassette")
    parser.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="a time line for people, or the story as JSON (default: %(default)s)",
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
    if args.format == "json":
        from tapestry.story.as_json import story_json

        print(json.dumps(story_json(story), indent=2, ensure_ascii=True))
    else:
        from tapestry.story.alias import Aliases
        from tapestry.story.text import story_text

        print(story_text(story, Aliases.of_story(story, known.identifiers)), end="")
    return 0
