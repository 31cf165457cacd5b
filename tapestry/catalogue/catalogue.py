"""The catalogue itself: one object that answers every question about the documented API.

It is loaded once and shared: tables at once, schemas and the schema library only when something is
first checked. Everybody else (story, player, runner, reference, ``check``) asks here, so that
another operation or another API is another row of a table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from tapestry import shipped
from tapestry.catalogue import tables
from tapestry.catalogue.checking import Checker
from tapestry.catalogue.identifiers import Identifiers, InUri
from tapestry.catalogue.model import (
    Anomaly,
    Answers,
    Channel,
    Dispatch,
    MessageType,
    Operation,
    Page,
    Profile,
    Reading,
    Recognised,
    Requirement,
)
from tapestry.catalogue.routes import Route, Router
from tapestry.catalogue.schemas import Schemas
from tapestry.catalogue.shapes import Shapes
from tapestry.catalogue.violation import Violation
from tapestry.problems import Problem

DOCUMENTED = "documented"
"""The profile that changes nothing: what the pages say, at the levels of the register."""


class Catalogue:
    """What is documented of an API: operations, messages, identifiers, requirements, anomalies."""

    def __init__(self, folder: Path, profile: str = DOCUMENTED) -> None:
        """Read the operation table below ``folder``. Raises :class:`Problem`.

        ``profile`` names how strictly messages are judged (``profiles.yaml``).
        """
        self.folder = folder
        self._profile = profile
        table = tables.read_operations(folder / "operations.yaml")
        self.base: str = table.base
        self.answers: Answers = table.answers
        self.operations: tuple[Operation, ...] = table.operations
        self.capabilities: Mapping[str, Mapping[str, tuple[str, ...]]] = table.capabilities
        self.schemas = Schemas(folder)
        self._dispatch: Dispatch = table.dispatch
        self._router = Router(table.operations, table.base, table.dispatch.member)

    @classmethod
    def load(cls, folder: Path | None = None, profile: str = DOCUMENTED) -> Catalogue:
        """Load the catalogue from ``folder``, the shipped one by default, under a profile."""
        return cls(folder or shipped.schemas(), profile)

    # Questions about requests and notifications --------------------------------------------------

    def recognise(self, method: str, path: str, body: Any) -> Recognised | None:
        """Return the operation that a request asks for, ``None`` when none is documented.

        ``path`` is percent-encoded as on the wire; ``body`` the JSON value, if any.
        """
        return self._router.recognise(method, path, body)

    def route(self, method: str, path: str) -> Route | None:
        """Return the documented route of a request, whatever operation it asks for there."""
        found = self._router.find(method, path)
        return found[0] if found else None

    def operation(self, name: str) -> Operation | None:
        """Return the operation called ``name``."""
        return next((one for one in self.operations if one.name == name), None)

    def message_type(self, channel: str, data: Any) -> MessageType | None:
        """Return the documented type of a notification, ``None`` when the table has none."""
        known = self.channel(channel)
        name = data.get("messageType") if isinstance(data, dict) else None
        return known.messages.get(name) if known and isinstance(name, str) else None

    def channel(self, name: str) -> Channel | None:
        """Return what is documented of a channel, under any name that a page gives it."""
        return self._channels.get(name)

    def identifier_kind(self, path: str | Sequence[str | int]) -> str | None:
        """Return the kind of identifier at a key or path: "email", "user", "reference", ..."""
        return self.identifiers.kind(path)

    def volatile(self, path: str | Sequence[str | int]) -> bool:
        """Tell whether the value at ``path`` differs between any two runs of the same thing."""
        return self.identifiers.volatile(path)

    def identifier_in_uri(self, uri: str) -> InUri | None:
        """Return the identifier that ``uri`` ends with, ``None`` when it names none."""
        return self.identifiers.in_uri(uri)

    # Checks --------------------------------------------------------------------------------------

    def check_request(self, operation: Operation, body: Any) -> list[Violation]:
        """Check the body of a request; ``None`` stands for an empty one."""
        return self._checker.request(operation, body)

    def check_unrecognised(self, method: str, path: str, body: Any) -> list[Violation]:
        """Tell why a request is no documented operation; nothing when it is none of this API."""
        found = self._router.find(method, path)
        if found is not None:
            return [self._checker.undispatched(found[0], self._dispatch, body)]
        return [self._checker.unlisted_request(method)] if self.base + "/" in path else []

    def check_answer(self, operation: Operation | None, status: int, body: Any) -> list[Violation]:
        """Check an answer with its HTTP status; the text itself stands for a body not JSON."""
        return self._checker.answer(operation, status, body)

    def check_notification(self, channel: str, data: Any) -> list[Violation]:
        """Check the data of a notification; paths begin at the Bayeux message, ``$.data``."""
        return self._checker.notification(channel, data)

    def notification_holds(self, channel: str, data: Any) -> bool:
        """Tell whether a notification breaks nothing: the quick question, for many of them."""
        return self._checker.notification_holds(channel, data)

    def check_bare_notification(self, data: Mapping[str, Any]) -> list[Violation]:
        """Check what stands where a Bayeux message should: its data, without channel and data."""
        return self._checker.bare_notification(data)

    def reading(self, anomaly: str, value: Any) -> Reading | None:
        """Return the reading of an anomaly that ``value`` follows, ``None`` when it follows none.

        Raises :class:`KeyError` for an id that the register does not have.
        """
        readings = self.anomalies[anomaly].readings
        return next((one for one in readings if self.schemas.accepts(one.schema, value)), None)

    # Registers -----------------------------------------------------------------------------------

    @cached_property
    def channels(self) -> tuple[Channel, ...]:
        """Return the dispatch table of notifications."""
        return tables.read_messages(self.folder / "messages.yaml")

    @cached_property
    def identifiers(self) -> Identifiers:
        """Return the table of identifiers and volatile paths."""
        return Identifiers(tables.read_identifiers(self.folder / "identifiers.yaml"))

    @property
    def requirements(self) -> Mapping[str, Requirement]:
        """Return the register of requirements, by id."""
        return self._register.requirements

    @property
    def pages(self) -> Mapping[str, Page]:
        """Return the documentation pages that the registers cite, by id."""
        return self._register.pages

    @cached_property
    def anomalies(self) -> Mapping[str, Anomaly]:
        """Return the register of contradictions and defects, by id."""
        return tables.read_anomalies(self.folder / "anomalies.yaml")

    @cached_property
    def profiles(self) -> Mapping[str, Profile]:
        """Return the profiles under which messages can be judged, by name."""
        return tables.read_profiles(self.folder / "profiles.yaml")

    @cached_property
    def profile(self) -> Profile:
        """Return the profile in force. Raises :class:`Problem` when there is none of its name."""
        if self._profile == DOCUMENTED:
            return Profile(DOCUMENTED, "as the tables have it")
        if self._profile not in self.profiles:
            names = ", ".join(self.profiles)
            raise Problem(f"there is no profile {self._profile!r}", remedy=f"known are {names}")
        return self.profiles[self._profile]

    @cached_property
    def _register(self) -> tables.RequirementTable:
        return tables.read_requirements(self.folder / "requirements.yaml")

    @cached_property
    def _channels(self) -> Mapping[str, Channel]:
        return {
            name: channel for channel in self.channels for name in (channel.name, *channel.also_on)
        }

    @cached_property
    def _checker(self) -> Checker:
        shapes = Shapes(self.schemas, self.requirements, self.anomalies, self.profile)
        return Checker(shapes, self.answers, self._channels)


@cache
def catalogue(profile: str = DOCUMENTED) -> Catalogue:
    """Return the shipped catalogue under a profile, loaded once."""
    return Catalogue.load(profile=profile)
