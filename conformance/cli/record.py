"""``tapestry record``: puts a recording proxy before a server, and leaves a cassette.

Parses and checks what the user wrote; the proxy itself is :mod:`proxy_addons.recorder`.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tapestry.problems import Problem
from tapestry.serving import Listen

if TYPE_CHECKING:
    from proxy_addons.mode import Mode
    from proxy_addons.plan import Plan

MODES = {
    "none": "play the cassette and nothing else; what it lacks is an error",
    "once": "record when the cassette does not exist yet, else as none (default)",
    "new_episodes": "play the cassette, pass on and add what it lacks",
    "all": "record and replace an older cassette",
    "passthrough": "pass traffic on and record nothing",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "modes:\n" + "\n".join(
        f"  {name:<12} {meaning}" for name, meaning in MODES.items()
    )
    parser.epilog += (
        "\n\nthe mode can be changed while it runs, from this machine:"
        "\n  curl -X POST 'http://HOST:PORT/__tapestry/mode?to=passthrough'"
    )
    parser.add_argument("upstream", metavar="UPSTREAM", help="the server, http(s)://HOST[:PORT]")
    parser.add_argument(
        "--listen",
        metavar="H:P",
        default="127.0.0.1:0",
        help="where clients connect (default: %(default)s, a free port)",
    )
    _add_tape(parser.add_argument_group("the tape"))
    _add_traffic(parser.add_argument_group("the traffic"))


def _add_tape(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        help="cassette to write, .yaml or .jsonl (default: cassette-TIME.yaml)",
    )
    group.add_argument("--mode", choices=tuple(MODES), default="once", help="see below")
    group.add_argument(
        "--sync",
        choices=("entry", "second", "never"),
        default="second",
        help="when entries must be on disk, should the power fail; a killed recorder loses none"
        " whichever it is (default: %(default)s)",
    )
    group.add_argument(
        "--rotate",
        metavar="LIMIT",
        default="",
        help="begin a new part by size or time, as in 100MB, 24h or 100MB,24h; FILE-latest is the"
        " one being written",
    )
    group.add_argument(
        "--split", choices=("agent",), help="make one file an agent: FILE.agent-1.yaml, ..."
    )
    group.add_argument(
        "--policy",
        metavar="FILE",
        default="",
        help="what to redact, and what to keep, beyond the default (docs/redaction.md)",
    )
    group.add_argument(
        "--validate",
        action="store_true",
        help="check what passes against the documented API, and tell what is not as documented",
    )


def _add_traffic(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--rewrite-uris",
        metavar="ORIGIN",
        nargs="*",
        help="in bodies and headers, put the proxy's address in the place of the server's, which is"
        " UPSTREAM and each http(s)://HOST[:PORT] given here; the tape has it as the server said",
    )
    group.add_argument(
        "--tls",
        action="store_true",
        help="let clients come by TLS, with a certificate of mitmproxy's authority (~/.mitmproxy)",
    )
    group.add_argument(
        "--cert", metavar="PEM", type=Path, help="... or with this certificate and key"
    )
    group.add_argument(
        "--upstream-ca",
        metavar="PEM",
        type=Path,
        help="trust an https upstream whose certificate comes from this authority",
    )
    group.add_argument(
        "--insecure", action="store_true", help="do not check an https upstream's certificate"
    )


def run(args: argparse.Namespace) -> int:
    """Record until interrupted. Raises :class:`~tapestry.problems.Problem`."""
    from proxy_addons.mode import Mode
    from proxy_addons.plan import Plan
    from proxy_addons.recorder import check_upstream, record  # 0.3 s, for this verb alone
    from proxy_addons.settings import Settings
    from tapestry.tape.rotation import Rotation

    if args.mode == "passthrough" and args.out is not None:
        raise Problem(
            "--out has no meaning with --mode passthrough, which records nothing",
            remedy="leave out one of the two",
        )
    if args.mode == "none" and args.out is None:
        raise Problem("--mode none plays a cassette", remedy="name it with --out")
    if args.rotate:
        Rotation.parse(args.rotate)
    plan = Plan(
        out=str(args.out or default_name(datetime.now(UTC))),
        upstream=check_upstream(args.upstream),
        sync=args.sync,
        rotate=args.rotate,
        split=args.split is not None,
        validate=args.validate,
        policy=args.policy,
    )
    plan.redactor()  # a policy that does not fit is told now, not by the process that writes
    settings = Settings(
        listen=Listen.parse(args.listen),
        mode=Mode(args.mode),
        tls=args.tls,
        cert=args.cert,
        upstream_ca=args.upstream_ca,
        insecure=args.insecure,
        rewrite=None if args.rewrite_uris is None else tuple(args.rewrite_uris),
    )
    if settings.mode is not Mode.PASSTHROUGH:
        print(f"tapestry: {_what(plan, settings.mode)}; end with Ctrl-C", file=sys.stderr)
    record(plan, settings)
    return 0


def default_name(now: datetime) -> str:
    """Return the name of a cassette that begins ``now``."""
    return f"cassette-{now:%Y%m%dT%H%M%SZ}.yaml"


def _what(plan: Plan, mode: Mode) -> str:
    """Say what is about to happen: a mode's name tells too little when a cassette exists."""
    if mode == "none" or (mode == "once" and plan.older()):
        return f"playing {plan.out}, which exists; {plan.upstream} is not asked"
    if mode == "new_episodes" and plan.older():
        return f"playing {plan.out} and adding what it lacks from {plan.upstream}"
    return f"recording {plan.upstream} into {plan.out}"
