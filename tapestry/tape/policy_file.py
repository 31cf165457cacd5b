"""Reads a policy file: what a team adds to the default policy, and what it means to keep.

The default cannot be switched off. A file adds secrets, people and shapes that only its owner can
know, and names single values or fields that stay readable, each with the reason, so that whoever
reviews it sees what will reach the tape and why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tapestry.documents import Document, read_document
from tapestry.tape.learned import MIN_LENGTH
from tapestry.tape.node import Node
from tapestry.tape.policy import (
    DEFAULT_POLICY,
    STRUCTURAL_WORDS,
    Kind,
    Policy,
    Rule,
    Site,
    named,
)
from tapestry.tape.replacement import SECRETS

KINDS: Final = tuple(
    kind.value for kind in Kind if kind not in (Kind.KEEP, Kind.EXTENSION, Kind.AUTHORIZATION)
)
_SITES: Final = {
    "headers": Site.HEADER,
    "keys": Site.KEY,
    "shapes": Site.SHAPE,
    "values": Site.VALUE,
}
_KEPT_SITES: Final = {name: _SITES[name] for name in ("headers", "keys", "values")}


def load_policy(path: Path) -> Policy:
    """Return the default policy with the additions of the file at ``path``.

    Raises :class:`~tapestry.problems.Problem` with file, line and column for whatever does not fit.
    """
    return policy_from(read_document(path))


def policy_from(document: Document) -> Policy:
    """Return the policy that ``document`` describes (``schemas/tapestry/policy.yaml``)."""
    fields = Node(document, document.value).fields(("policy",), ("description", "add", "keep"))
    kept = [rule for node in _list(fields, "keep") for rule in _kept(node)]
    added = [rule for node in _list(fields, "add") for rule in _added(node)]
    return Policy(fields["policy"].text(), (*kept, *added))


def _list(fields: dict[str, Node], name: str) -> list[Node]:
    return fields[name].items() if name in fields else []


def _added(node: Node) -> Iterator[Rule]:
    fields = node.fields(("name", "kind"), tuple(_SITES))
    name = fields["name"].text()
    if any(rule.name == name for rule in DEFAULT_POLICY.rules):
        raise fields["name"].problem(f"{name!r} is the name of a default rule", "choose another")
    kind = Kind(fields["kind"].one_of(KINDS))
    for word, site in _present(node, fields, _SITES):
        check = _CHECKS.get(site, _text)
        yield _rule(name, site, kind, tuple(check(item) for item in fields[word].items()))


def _kept(node: Node) -> Iterator[Rule]:
    fields = node.fields(("reason",), tuple(_KEPT_SITES))
    if not fields["reason"].text().strip():
        raise fields["reason"].problem("the reason is empty", "say why this may stand on a tape")
    for word, site in _present(node, fields, _KEPT_SITES):
        for item in fields[word].items():
            yield _rule(f"keep {_exact(item, site)}", site, Kind.KEEP, (_text(item),))


def _present(node: Node, fields: dict[str, Node], sites: dict[str, Site]) -> list[tuple[str, Site]]:
    present = [(word, site) for word, site in sites.items() if word in fields]
    if not present:
        raise node.problem("this says nothing to look for", f"add one of: {', '.join(sites)}")
    return present


def _rule(name: str, site: Site, kind: Kind, finds: tuple[str, ...]) -> Rule:
    by_name = site in (Site.HEADER, Site.KEY)
    return named(name, site, kind, finds) if by_name else Rule(name, site, kind, finds)


def _exact(item: Node, site: Site) -> str:
    """Return the text of ``item``, which names one thing only, and no secret."""
    text = _text(item)
    if site is not Site.VALUE and "*" in text:
        raise item.problem("what is kept must be named exactly", "write out each name")
    parent, _, name = text.rpartition(".")
    by_default = DEFAULT_POLICY.header(name) if site is Site.HEADER else None
    by_default = DEFAULT_POLICY.key(name, parent) if site is Site.KEY else by_default
    if by_default is not None and by_default.kind in SECRETS | {Kind.AUTHORIZATION}:
        raise item.problem(
            f"{text!r} holds a secret (rule {by_default.name!r}), and secrets are never kept",
            "remove it; only personal data can be kept",
        )
    return text


def _text(item: Node) -> str:
    text = item.text()
    if not text.strip():
        raise item.problem("this is empty", "name what to look for")
    return text


def _value(item: Node) -> str:
    """Return the value at ``item``, one that can be told apart wherever it stands."""
    value = _text(item)
    if len(value) < MIN_LENGTH or value.lower() in STRUCTURAL_WORDS:
        raise item.problem(
            f"{value!r} is too short or too common a word to be found everywhere",
            "name the key or header that holds it",
        )
    return value


def _shape(item: Node) -> str:
    """Return the regular expression at ``item``, fit to be one of many in a search."""
    find = _text(item)
    try:
        compiled = re.compile(find)
    except re.error as fault:
        raise item.problem(f"not a regular expression: {fault}") from None
    if compiled.groups:
        raise item.problem("groups cannot be used here", "write (?:...) for (...)")
    if compiled.search(""):
        raise item.problem("this matches where nothing stands", "ask for one character at least")
    return find


_CHECKS: Final = {Site.SHAPE: _shape, Site.VALUE: _value}
