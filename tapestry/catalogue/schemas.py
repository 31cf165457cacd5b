"""Loads JSON Schemas from a folder by name, and builds each validator once, when it is first used.

``$id`` and ``$ref`` are resolved among the files of the folder only; nothing is ever fetched. The
schema library costs 200 ms to import, so it is imported here, by whoever first checks something.

Most messages are as documented, and to find that out a compiled validator (``jsonschema-rs``) takes
a fiftieth of the time. It decides that a value is valid; what is wrong with one that is not, the
library that can say so finds. Where the former is not installed the latter does both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urljoin

from tapestry.documents import read_document
from tapestry.problems import Place, Problem

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError
    from referencing import Registry

BASE = "https://bayeux-tapestry.example/schemas/"
SUFFIXES = (".yaml", ".json")


class FastValidator(Protocol):
    """What the compiled validator is used for."""

    def is_valid(self, instance: Any) -> bool:
        """Tell whether ``instance`` is valid; raises ``ValueError`` for what is no JSON value."""


@dataclass(frozen=True, slots=True)
class SchemaError:
    """One error as the schema library finds it, of which only what we tell is kept.

    ``keyword`` with the value ``wanted`` stands in the subschema ``schema`` and fails for ``value``
    at ``path``. ``parts`` are the errors of the branches of a choice, ``branch`` is the one's own.
    """

    path: tuple[str | int, ...]
    keyword: str
    wanted: Any
    value: Any
    schema: Any
    branch: int | None = None
    parts: tuple[SchemaError, ...] = ()


class Schemas:
    """The schemas of one folder, by their path within it, such as ``email/email.yaml``."""

    def __init__(self, folder: Path) -> None:
        """Serve the schemas below ``folder``; nothing is read yet."""
        self._folder = folder
        self._contents: dict[str, Any] = {}
        self._validators: dict[str, Draft202012Validator] = {}
        self.places: dict[str, Any] = {}  # what a walker of the schemas has found out so far
        self._fast: dict[str, FastValidator | None] = {}

    def content(self, name: str) -> Any:
        """Return the schema ``name``. Raises :class:`Problem` when there is none."""
        if name not in self._contents:
            file = (self._folder / name).resolve()
            if not file.is_relative_to(self._folder.resolve()) or not file.is_file():
                raise Problem(f"there is no schema {name!r}", where=Place(str(self._folder)))
            self._contents[name] = read_document(file).value
        return self._contents[name]

    def validator(self, name: str) -> Draft202012Validator:
        """Return the validator of the schema ``name``, the same one each time."""
        if name not in self._validators:
            from jsonschema import Draft202012Validator

            content = self.content(name)
            self._validators[name] = Draft202012Validator(content, registry=self._registry)
        return self._validators[name]

    def errors(self, name: str, value: Any) -> list[SchemaError]:
        """Return every error of ``value`` under the schema ``name``, in order of place."""
        if self.holds(name, value):
            return []
        found = [_error(error) for error in self.validator(name).iter_errors(value)]
        return sorted(found, key=lambda error: [str(step) for step in error.path])

    def holds(self, name: str, value: Any) -> bool:
        """Tell whether ``value`` is valid under the schema ``name``, as fast as can be."""
        if name not in self._fast:
            self._fast[name] = self._compiled(name)
        fast = self._fast[name]
        if fast is not None:
            try:
                return fast.is_valid(value)
            except ValueError:  # a value that JSON has no words for
                pass
        return self.validator(name).is_valid(value)

    def _compiled(self, name: str) -> FastValidator | None:
        try:
            from jsonschema_rs import Draft202012Validator, ReferencingError
        except ImportError:
            return None
        try:
            return Draft202012Validator(self.content(name), retriever=self._named)
        except (ValueError, ReferencingError):  # told by the library that can say what is wrong
            return None

    def _named(self, uri: str) -> Any:
        if not uri.startswith(BASE):
            raise ValueError(f"{uri} is elsewhere, and nothing is fetched")
        return self.content(uri.removeprefix(BASE))

    def accepts(self, schema: Any, value: Any) -> bool:
        """Tell whether ``value`` is valid under the loose ``schema`` (a reading, not a file)."""
        from jsonschema import Draft202012Validator

        return Draft202012Validator(schema, registry=self._registry).is_valid(value)

    def resolve(self, reference: str, within: str) -> tuple[Any, str]:
        """Return what ``$ref`` ``reference`` in the schema ``within`` means, and where it is.

        A fragment is a JSON pointer, as in ``#/$defs/uri``.
        """
        target, _, fragment = urljoin(BASE + within, reference).partition("#")
        name = target.removeprefix(BASE)
        found = self.content(name)
        for step in fragment.split("/")[1:]:
            found = found[step.replace("~1", "/").replace("~0", "~")]
        return found, name

    @cached_property
    def _registry(self) -> Registry[Any]:
        from referencing import Registry, Resource
        from referencing.exceptions import NoSuchResource
        from referencing.jsonschema import DRAFT202012

        def retrieve(uri: str) -> Resource[Any]:
            if not uri.startswith(BASE):
                raise NoSuchResource(uri)
            content = self.content(uri.removeprefix(BASE))
            return Resource.from_contents(content, default_specification=DRAFT202012)

        registry: Any = Registry
        return registry(retrieve=retrieve)  # type: ignore[no-any-return] # generic over Any


def meta_errors(schema: Any) -> list[SchemaError]:
    """Return every error of ``schema`` under the meta-schema of draft 2020-12."""
    from jsonschema import Draft202012Validator

    return errors_under(Draft202012Validator.META_SCHEMA, schema)


def errors_under(schema: Any, value: Any) -> list[SchemaError]:
    """Return every error of ``value`` under a ``schema`` that stands for itself."""
    from jsonschema import Draft202012Validator

    return [_error(error) for error in Draft202012Validator(schema).iter_errors(value)]


def _error(error: ValidationError) -> SchemaError:
    own: Any = error
    first = own.schema_path[0] if own.schema_path else None
    return SchemaError(
        path=tuple(own.absolute_path),
        keyword=str(own.validator),
        wanted=own.validator_value,
        value=own.instance,
        schema=own.schema,
        branch=first if isinstance(first, int) else None,
        parts=tuple(_error(part) for part in own.context or ()),
    )
