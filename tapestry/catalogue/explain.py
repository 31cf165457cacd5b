"""Tells a schema error in one line: which place, what was expected, what was found.

The library's own texts quote whole values (thousands of characters, with all that stands in them)
and lose themselves in the branches of ``oneOf``. Here a branch is chosen by what the value looks
like, values are shortened, and those of secret-like members are withheld.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from tapestry.catalogue import violation
from tapestry.catalogue.schemas import SchemaError

MAX_SHOWN = 60
MAX_LISTED = 8

_SECRET = re.compile(r"pass(word|wd)|secret|token|authorization|cookie|clientid", re.IGNORECASE)
_PLAIN_KEY = re.compile(r"[A-Za-z_][\w-]*$")
_CHOICES = ("oneOf", "anyOf")


@dataclass(frozen=True, slots=True)
class Explained:
    """One error: the path of the value, the keyword that fails, and the words for it.

    ``member`` is set when the error is about one member of the object at ``path``: one that is
    missing, or one that must not be there. ``schema`` is the subschema that holds the keyword.
    """

    path: tuple[str | int, ...]
    keyword: str
    kind: str
    message: str
    schema: Any
    expected: Any = None
    observed: Any = None
    member: str | None = None


def explain(errors: Sequence[SchemaError]) -> list[Explained]:
    """Explain ``errors``: one line a cause, at most one complaint of a type for each place."""
    found = [line for error in errors for line in _explain(error)]
    mistyped = {line.path for line in found if line.kind == violation.TYPE}
    kept = (line for line in found if line.kind == violation.TYPE or line.path not in mistyped)
    return list({(line.path, line.member, line.message): line for line in kept}.values())


def json_path(path: Sequence[str | int]) -> str:
    """Return ``path`` as a JSON path, such as ``$.email.to[0]``."""
    return "$" + "".join(_step(step) for step in path)


def shown(value: Any, path: Sequence[str | int] = ()) -> Any:
    """Return ``value`` fit for a report: scalars shortened, the rest only counted."""
    if any(isinstance(step, str) and _SECRET.search(step) for step in path):
        return "(withheld)"
    if isinstance(value, (dict, list)):
        return in_words(value)
    if isinstance(value, str) and len(value) > MAX_SHOWN:
        return value[: MAX_SHOWN - 1] + "…"
    return value


def in_words(value: Any, path: Sequence[str | int] = ()) -> str:
    """Return ``value`` as a sentence names it: a literal, or what it is and how large."""
    match value:
        case dict():
            return f"an object with {_count(len(value), 'member', 'members')}"
        case list():
            return f"an array with {_count(len(value), 'entry', 'entries')}"
        case str():
            said = str(shown(value, path))
            return said if said == "(withheld)" else repr(said)
        case None:
            return "null"
        case bool():
            return str(value).lower()
    return str(shown(value, path))


def type_of(value: Any) -> str:
    """Return the JSON type of ``value``, as schemas name it."""
    names: Mapping[type, str] = {
        type(None): "null",
        bool: "boolean",
        int: "integer",
        float: "number",
        str: "string",
        list: "array",
        dict: "object",
    }
    return names.get(type(value), type(value).__name__)


def _explain(error: SchemaError) -> Iterator[Explained]:
    path, keyword = error.path, error.keyword
    if keyword in _CHOICES:
        yield from _explain_choice(error, path, keyword)
    elif keyword == "required":
        yield from _explain_required(error, path)
    elif keyword in ("additionalProperties", "unevaluatedProperties") and not error.wanted:
        yield from _explain_extra(error, path)
    else:
        kind, message = _words(error, in_words(error.value, path))
        observed = shown(error.value, path)
        yield Explained(path, keyword, kind, message, error.schema, error.wanted, observed)


def _words(error: SchemaError, value: str) -> tuple[str, str]:
    wanted = error.wanted
    match error.keyword:
        case "type":
            kinds = wanted if isinstance(wanted, str) else " or ".join(wanted)
            return violation.TYPE, f"expected {kinds}, found {type_of(error.value)}"
        case "enum":
            return violation.VALUE, f"{value} is not one of {_choices(error.value, wanted)}"
        case "const":
            return violation.VALUE, f"expected {in_words(wanted)}, found {value}"
        case "pattern":
            form = error.schema.get("x-form", wanted)
            return violation.VALUE, f"{value} does not have the form {form}"
        case "not":
            return violation.UNEXPECTED, f"{value} must not stand here"
        case "minLength" | "minItems" | "minProperties":
            return violation.VALUE, f"{value} is shorter than {wanted}"
        case "maxLength" | "maxItems" | "maxProperties":
            return violation.VALUE, f"{value} is longer than {wanted}"
        case "minimum" | "exclusiveMinimum":
            return violation.VALUE, f"{value} is below {wanted}"
        case "maximum" | "exclusiveMaximum":
            return violation.VALUE, f"{value} is above {wanted}"
        case "uniqueItems":
            return violation.VALUE, "the same entry stands twice"
        case keyword:
            return violation.VALUE, f"{value} breaks {keyword}"


def _explain_required(error: SchemaError, path: tuple[str | int, ...]) -> Iterator[Explained]:
    for name in error.wanted:
        if name not in error.value:
            yield Explained(
                path,
                "required",
                violation.MISSING,
                f"{name} is missing",
                error.schema,
                expected=name,
                member=name,
            )


def _explain_extra(error: SchemaError, path: tuple[str | int, ...]) -> Iterator[Explained]:
    known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
    patterns = error.schema.get("patternProperties", {}) if isinstance(error.schema, dict) else {}
    for name in error.value:
        if name not in known and not any(re.search(pattern, name) for pattern in patterns):
            yield Explained(
                path,
                error.keyword,
                violation.UNEXPECTED,
                f"{name!r} is not a key that is known here",
                error.schema,
                expected=tuple(known),
                observed=name,
                member=name,
            )


def _explain_choice(
    error: SchemaError, path: tuple[str | int, ...], keyword: str
) -> Iterator[Explained]:
    branches = error.wanted
    if all(isinstance(branch, dict) and set(branch) == {"required"} for branch in branches):
        if isinstance(error.value, dict):  # of anything else its type is told by itself
            yield _members_to_choose(error, path, keyword)
    elif branch := _likeliest(error):
        yield from (line for part in branch for line in _explain(part))
    else:
        forms = " or ".join(_form(branch) for branch in branches)
        says = f"{in_words(error.value, path)} is none of: {forms}"
        yield Explained(path, keyword, violation.CHOICE, says, error.schema)


def _members_to_choose(error: SchemaError, path: tuple[str | int, ...], keyword: str) -> Explained:
    names = [name for branch in error.wanted for name in branch["required"]]
    given = [name for name in names if name in error.value]
    how = "exactly" if keyword == "oneOf" else "at least"
    choice, found = " and ".join(names), " and ".join(given) or "none"
    says = f"{how} one of {choice} is needed, found {found}"
    return Explained(path, keyword, violation.CHOICE, says, error.schema, names, given)


def _form(branch: Any) -> str:
    """Name a branch of a choice as shortly as it can be told from the others."""
    if not isinstance(branch, dict):
        return "anything"
    if "title" in branch:
        return str(branch["title"])
    if "required" in branch:
        return "an object with " + ", ".join(branch["required"])
    if "const" in branch:
        return in_words(branch["const"])
    if "$ref" in branch:
        return str(branch["$ref"]).rsplit("/", 1)[-1]
    return str(branch.get("type", "another form"))


def _likeliest(error: SchemaError) -> list[SchemaError]:
    """Return the errors of the branch that the value was most likely meant for."""
    branches: dict[int, list[SchemaError]] = {}
    for part in error.parts:
        branches.setdefault(part.branch or 0, []).append(part)
    here = len(error.path)

    def unlikeliness(index: int) -> tuple[int, int, int]:
        mine = branches[index]
        mistyped = sum(1 for part in mine if len(part.path) == here and _denies(part))
        shallow = sum(1 for part in mine if len(part.path) == here)
        return (mistyped, shallow, len(mine))

    ranked = sorted(branches, key=unlikeliness)
    if not ranked or (unlikeliness(ranked[0])[0] and len(ranked) > 1):
        return []
    return branches[ranked[0]]


def _denies(error: SchemaError) -> bool:
    """Tell whether ``error`` says that the value is of another kind, not that it has a fault."""
    return error.keyword in ("type", "const", "required")


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN_KEY.match(step) else f"['{step}']"


def _choices(value: Any, wanted: Sequence[Any]) -> str:
    near = get_close_matches(value, map(str, wanted), 1) if isinstance(value, str) else []
    hint = f"; did you mean {near[0]}?" if near else ""
    if len(wanted) > MAX_LISTED:
        return f"the {len(wanted)} that are known{hint}"
    return ", ".join(map(str, wanted)) + hint


def _count(number: int, one: str, many: str) -> str:
    return f"1 {one}" if number == 1 else f"{number} {many}"
