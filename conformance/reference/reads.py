"""The reads: what a GET answers.

Lists follow the general rule of the API (GWS API, Request Parameters): without ``fields`` only
URIs, with ``fields=*`` or a list of names those attributes; any other query parameter that is
named like an attribute filters by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conformance.reference.desk import Call, Desk
from conformance.reference.email_operations import check_feature, find_attachment
from conformance.reference.outcome import Answer, File, Json, Refusal, Result, StatusCode, success

VERSION = "8.5.202.96"

_NOT_FILTERS = {"fields"}


def me(desk: Desk, call: Call, _params: Mapping[str, str]) -> Result:
    """Return the user who asks."""
    agent = desk.roster.find(call.agent or "")
    assert agent is not None, "a session belongs to a user on the roster"
    return Result(success(user=desk.render.user(agent)))


def my_emails(desk: Desk, call: Call, _params: Mapping[str, str]) -> Result:
    """Return the emails that are offered to the user or owned by the user."""
    emails = [desk.render.email(email) for email in desk.centre.held_by(call.agent or "")]
    return _collection("emails", emails, call.query)


def email(desk: Desk, call: Call, params: Mapping[str, str]) -> Result:
    """Return one of the user's emails."""
    held = desk.centre.held(call.agent or "", params["id"])
    return Result(success(email=desk.render.email(held)))


def attachment(desk: Desk, call: Call, params: Mapping[str, str]) -> Result:
    """Return the bytes of an attachment (GWS Email API, GetAttachment)."""
    check_feature(desk, call.agent or "")
    held = desk.centre.held(call.agent or "", params["id"])
    found = find_attachment(held, params["attachment"])
    return Result(Answer(200, {}, File(found.content, found.mime)))


def services(desk: Desk, call: Call, _params: Mapping[str, str]) -> Result:
    """Return the servers behind the service and whether they are there (GWS API, Services)."""
    kinds = {
        "Provisioning": True,
        "MultiMediaState": desk.services.interactions,
        "MultiMediaContent": desk.services.content,
    }
    listed = [desk.render.service(kind, active=active) for kind, active in kinds.items()]
    return _collection("services", listed, call.query)


def users(desk: Desk, call: Call, _params: Mapping[str, str]) -> Result:
    """Return all users, so that a desktop finds the URI of a colleague."""
    return _collection("users", [desk.render.user(agent) for agent in desk.roster], call.query)


def user(desk: Desk, _call: Call, params: Mapping[str, str]) -> Result:
    """Return one user, by id or user name."""
    found = desk.roster.find(params["user"])
    if found is None:
        raise Refusal(StatusCode.NOT_FOUND, f"User '{params['user']}' not found")
    return Result(success(user=desk.render.user(found)))


def version(_desk: Desk, _call: Call, _params: Mapping[str, str]) -> Result:
    """Return the version of the API that is followed; the one read that needs no login."""
    return Result(success(version=VERSION))


def _collection(name: str, resources: Sequence[Json], query: Mapping[str, str]) -> Result:
    chosen = [resource for resource in resources if _passes(resource, query)]
    fields = query.get("fields")
    if fields is None:
        return Result(success(uris=[resource["uri"] for resource in chosen]))
    if fields == "*":
        return Result(success(**{name: chosen}))
    wanted = {field.strip() for field in fields.split(",")}
    return Result(success(**{name: [_only(resource, wanted) for resource in chosen]}))


def _passes(resource: Json, query: Mapping[str, str]) -> bool:
    filters = {key: text for key, text in query.items() if key in resource.keys() - _NOT_FILTERS}
    return all(str(resource[key]) == text for key, text in filters.items())


def _only(resource: Json, wanted: set[str]) -> Json:
    return {key: value for key, value in resource.items() if key in wanted}
