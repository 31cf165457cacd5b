"""``tapestry export``: the documented API in the formats of its ecosystem."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from tapestry.problems import Place, Problem

VERSION = "1.0.0"
"""The version of the exported documents; it changes with what the catalogue says."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.description = (
        "Print the documented API: requests and answers as OpenAPI 3.1 (notifications as "
        "webhooks), notifications as AsyncAPI 3.0, or all schemas as one JSON Schema bundle."
    )
    parser.add_argument("kind", choices=("openapi", "asyncapi", "schemas"))
    parser.add_argument("--out", type=Path, metavar="FILE", help="write there, not to stdout")


def run(args: argparse.Namespace) -> int:
    """Print or write the document. Raises :class:`Problem` when it cannot be written."""
    text = json.dumps(document(args.kind), indent=2, ensure_ascii=False) + "\n"
    if args.out is None:
        sys.stdout.write(text)
        return 0
    try:
        args.out.write_text(text, encoding="utf-8")
    except OSError as fault:
        where = Place(str(args.out))
        raise Problem(f"cannot write: {fault.strerror or fault}", where=where) from None
    return 0


def document(kind: str) -> dict[str, Any]:
    """Return the document of one kind: ``openapi``, ``asyncapi`` or ``schemas``."""
    from conformance.exports.asyncapi import asyncapi
    from conformance.exports.bundle import bundle
    from conformance.exports.openapi import openapi
    from tapestry.catalogue import catalogue

    known = catalogue()
    if kind == "openapi":
        return openapi(known, VERSION)
    return asyncapi(known, VERSION) if kind == "asyncapi" else bundle(known)
