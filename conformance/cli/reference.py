"""``tapestry reference``: serves the reference implementation, or a variant of it.

For trying a desktop without GWS, and for seeing what a conformance check makes of a known fault.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tapestry.problems import Problem

if TYPE_CHECKING:
    from conformance.reference.variants import Variant

DEFAULT_LISTEN = "127.0.0.1:8090"

_EPILOG = """\
agents are alice, bob and carol, each with the password NAME-pw; queues are support and billing.
bring an email in:
  curl -d '{"subject": "Hello", "from": "customer@example.com", "to": "support@example.com"}' \\
       http://127.0.0.1:8090/admin/emails
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument(
        "--listen", default=DEFAULT_LISTEN, metavar="H:P", help="address (default %(default)s)"
    )
    parser.add_argument(
        "--mutant", metavar="NAME", help="serve this variant instead; 'help' lists them"
    )
    parser.add_argument("--csrf", action="store_true", help="demand a CSRF token on every POST")
    parser.add_argument(
        "--order",
        choices=("before", "after", "mixed"),
        default="mixed",
        help="whether a notification goes out before or after its HTTP answer (default mixed)",
    )
    parser.add_argument("--seed", type=int, metavar="N", help="fix ids and the mixed order")
    parser.add_argument(
        "--hold", type=float, metavar="MS", help="how long a poll is held (default 30000)"
    )


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted, or list the variants."""
    from conformance.reference.variants import VARIANTS, variant

    if args.mutant == "help":
        for row in VARIANTS.values():
            print(f"{row.name:28} {row.summary}")
        return 0
    return _serve(args, variant(args.mutant) if args.mutant else None)


def _serve(args: argparse.Namespace, altered: Variant | None) -> int:
    from conformance.reference.app import reference_app
    from conformance.reference.settings import Order, ReferenceSettings
    from tapestry.bayeux.server import ServerSettings
    from tapestry.serving import Listen, serve

    if args.hold is not None and args.hold < 0:
        raise Problem("--hold must not be negative", remedy="give a time in milliseconds")
    bayeux = ServerSettings() if args.hold is None else ServerSettings(timeout=args.hold / 1000)
    settings = ReferenceSettings(
        csrf=args.csrf, order=Order(args.order), seed=args.seed, bayeux=bayeux
    )
    app = reference_app(settings, altered)
    serve(app, Listen.parse(args.listen), before_stop=app.close)
    return 0
