"""Recording in plain mitmproxy (mitmdump, mitmproxy, mitmweb), in any of its modes.

    mitmdump --mode reverse:http://127.0.0.1:8090 -s proxy_addons/record.py --set tapestry_out=FILE

This file only reads the options and puts the other addons together; Tapestry's own recorder does
the same without mitmproxy's default addons.
"""

from __future__ import annotations

import logging
from typing import Any

from mitmproxy import contentviews, ctx
from mitmproxy.addonmanager import Loader

from proxy_addons.bayeux_view import BayeuxContentview
from proxy_addons.control import ControlAddon
from proxy_addons.deck import Deck
from proxy_addons.mode import MEANING, Mode, mode_of
from proxy_addons.observe import ObserveAddon, tell
from proxy_addons.plan import Plan
from proxy_addons.replay import ReplayAddon
from proxy_addons.validate import ValidateAddon
from tapestry.problems import Problem
from tapestry.tape.journal import Sync

_REVERSE = "reverse:"


class RecordAddon:
    """Opens the deck when mitmproxy runs, as the options say, and closes it at the end."""

    def __init__(self) -> None:
        """Bring the addons that share a deck; mitmproxy registers them along with this one."""
        self.validate = ValidateAddon(tell)
        self.deck = Deck(Plan(""), tell, self.validate.flag)
        self.observe = ObserveAddon(self.deck)
        self.addons = [
            self.validate,
            ControlAddon(self.deck, tell),
            ReplayAddon(self.deck),
            self.observe,
        ]

    def load(self, loader: Loader) -> None:
        """Declare the options."""
        modes = "; ".join(f"{mode}: {meaning}" for mode, meaning in MEANING.items())
        policies = [str(policy) for policy in Sync]
        add: Any = loader.add_option
        add("tapestry_out", str, "", "Cassette file to record into.")
        add("tapestry_mode", str, "once", modes, choices=[str(mode) for mode in Mode])
        add("tapestry_sync", str, "second", "When entries must be on disk.", choices=policies)
        add("tapestry_rotate", str, "", "Begin a new part by size or time, as in 100MB,24h.")
        add("tapestry_split", bool, False, "Make one file an agent.")
        add("tapestry_validate", bool, False, "Check what passes against the documented API.")
        contentviews.add(BayeuxContentview())

    def running(self) -> None:
        """Begin in the mode that the options name; a fault is an error at mitmproxy's start."""
        options: Any = ctx.options
        addons: Any = ctx.master.addons
        if not options.tapestry_out:
            return
        self.observe.forgets = addons.get("view") is None
        self.deck.plan = Plan(
            out=options.tapestry_out,
            upstream=_upstream(),
            sync=options.tapestry_sync,
            rotate=options.tapestry_rotate,
            split=options.tapestry_split,
            validate=options.tapestry_validate,
        )
        try:
            self.deck.change(mode_of(options.tapestry_mode))
        except Problem as problem:
            logging.getLogger(__name__).error("%s", problem)
        if self.deck.player is not None:  # a tape is played without its server
            options.update(connection_strategy="lazy")

    def done(self) -> None:
        """End the cassette. Held polls break off only after this hook, so they are ended here."""
        for summary in self.deck.close():
            tell(summary)


def _upstream() -> str | None:
    modes = [mode for mode in ctx.options.mode if mode.startswith(_REVERSE)]
    return modes[0].removeprefix(_REVERSE).partition("@")[0] if modes else None


addons = [RecordAddon()]
