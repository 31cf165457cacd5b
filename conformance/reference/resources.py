"""How emails, users and channels look on the wire.

Attributes are those of the documented samples, with what real traffic adds to them (receivedDate,
emailType, suggestedQueueUris ...). URIs are absolute and built from the server's own external
address, never from what a client asked; ``path`` is the same without host and ``/me``.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime

from conformance.reference.agents import Agent
from conformance.reference.contact_centre import Readiness
from conformance.reference.email import Attachment, Email, State
from conformance.reference.ids import contact_id
from conformance.reference.outcome import Json
from tapestry.catalogue import catalogue

_USER_STATES: Mapping[Readiness, Json] = {
    Readiness.READY: {
        "displayName": "Ready",
        "id": "9430250E-0A1B-421F-B372-F29E69366DED",
        "state": "Ready",
    },
    Readiness.NOT_READY: {
        "displayName": "Not Ready",
        "id": "900D55CC-2BB0-431F-8BF9-D3525B383BE6",
        "state": "NotReady",
    },
    Readiness.LOGGED_OUT: {"state": "LoggedOut"},
}
_GROUP = "E-mail distribution for processing"


class Resources:
    """Renders values of the domain as JSON resources."""

    def __init__(self, external_url: Callable[[], str]) -> None:
        """Build URIs under ``external_url()``, such as ``http://127.0.0.1:8090``."""
        self._external_url = external_url

    def email_uri(self, email: Email) -> str:
        """Return the URI of an email as the samples print it: singular, without ``/me``."""
        return f"{self._external_url()}/api/v2/email/{email.id}"

    def email(self, email: Email) -> Json:
        """Return the whole resource as its holder sees it (GWS Email API, Email Resource)."""
        plain = email.texts.plain if email.texts else email.subject
        body = f"<html><body><p>{html.escape(email.subject)}</p></body></html>"
        resource = {
            "id": email.id,
            "state": str(email.state),
            "subject": email.subject,
            "from": email.sender,
            "to": [address for address in (email.recipient, *email.others) if address],
            "contactId": contact_id(email.customer),
            "emailType": "Outbound" if email.outbound else "Inbound",
            "receivedDate": _received_date(email.received),
            "mime": email.texts.mime if email.texts else "text/html",
            "body": email.texts.body if email.texts else body,
            "bodyAsPlainText": plain,
            "suggestedQueueUris": [],
            "revelantResponseTemplateGroups": [],
            "capabilities": self._capabilities(email.state),
            "userData": _user_data(email),
            "uri": self.email_uri(email),
            "path": f"/emails/{email.id}",
        }
        return resource | self._occasional(email)

    def _occasional(self, email: Email) -> Json:
        """Return the attributes that only some emails have."""
        attributes = {
            "assignedTo": email.owner,
            "cc": list(email.cc),
            "bcc": list(email.bcc),
            "parentId": email.parent,
            "comment": email.comment,
        }
        present: Json = {name: value for name, value in attributes.items() if value}
        # A draft shows its list even when the last attachment was removed (RemoveAttachment).
        if email.attachments or email.outbound:
            present["attachments"] = [self.attachment(email, one) for one in email.attachments]
        return present

    def attachment(self, email: Email, attachment: Attachment) -> Json:
        """Return an entry of ``attachments`` (GWS Email API, AddAttachment)."""
        return {
            "id": attachment.id,
            "name": attachment.name,
            "size": len(attachment.content),
            "mime": attachment.mime,
            "uri": f"{self.email_uri(email)}/attachments/{attachment.id}",
        }

    def service(self, kind: str, *, active: bool) -> Json:
        """Return a service resource (GWS API, Services)."""
        return {
            "id": kind,
            "name": kind,
            "type": kind,
            "state": "Active" if active else "Inactive",
            "uri": f"{self._external_url()}/api/v2/services/{kind}",
            "path": f"/services/{kind}",
        }

    def _capabilities(self, state: State) -> list[str]:
        return list(catalogue().capabilities["email"].get(str(state), ()))

    def parting_email(self, email: Email, state: State) -> Json:
        """Return the whole resource for an agent who has just let go of it, in ``state``."""
        return self.email(email) | {"state": str(state), "capabilities": []}

    def light_email(self, email: Email, state: State) -> Json:
        """Return the few attributes that Reject's sample shows to the agent who refused."""
        return {
            "id": email.id,
            "state": str(state),
            "capabilities": self._capabilities(state),
            "userData": _user_data(email),
            "uri": self.email_uri(email),
        }

    def user(self, agent: Agent) -> Json:
        """Return a user resource (GWS API, Interpreting a Response)."""
        return {
            "id": agent.id,
            "userName": agent.user_name,
            "firstName": agent.first_name,
            "lastName": agent.last_name,
            "emailAddress": agent.email_address,
            "roles": ["ROLE_AGENT"],
            "enabled": True,
            "changePasswordOnFirstLogin": False,
            "uri": f"{self._external_url()}/api/v2/users/{agent.id}",
            "path": f"/users/{agent.id}",
        }


def channel(name: str, readiness: Readiness) -> Json:
    """Return the state of one media channel, as a ChannelStateChangeMessageV2 lists it."""
    return {"channel": name, "dndState": "Off", "userState": dict(_USER_STATES[readiness])}


def _received_date(moment: datetime) -> str:
    """Return ``2016-03-15 23:38:42.000+1000``: a blank, milliseconds, an offset without colon."""
    milliseconds = moment.microsecond // 1000
    return f"{moment:%Y-%m-%d %H:%M:%S}.{milliseconds:03d}{moment:%z}"


def _user_data(email: Email) -> Json:
    """Return the attached data under the keys of the samples: mail headers, then routing."""
    pairs: Json = _mail_data(email) | ({} if email.outbound else _routing_data(email))
    pairs |= email.pairs.given
    return {key: value for key, value in pairs.items() if key not in email.pairs.taken}


def _mail_data(email: Email) -> Json:
    return {
        "Subject": email.subject,
        "To": email.recipient,
        "Mailbox": email.recipient,
        "FromAddress": email.sender,
        "FromPersonal": "",
        "EmailAddress": email.sender,
        "ContactId": contact_id(email.customer),
        "Origination_Source": "Email",
        "Header_Content-Type": f'multipart/mixed; boundary="==============={email.id}=="',
        "Header_Date": format_datetime(email.received.astimezone(UTC)),
        "Header_MIME-Version": "1.0",
        "Header_Message-ID": f"<{email.id}@mail.example.com>",
        "_AttachmentFileNames": ";".join(one.name for one in email.attachments),
        "_AttachmentsSize": str(sum(len(one.content) for one in email.attachments)),
        "_AutoReplyCount": 0,
        "_ContainsAttachment": str(bool(email.attachments)).lower(),
    }


def _routing_data(email: Email) -> Json:
    return {
        "CBR-actual_volume": "",
        "CBR-contract_DBIDs": "",
        "CBR-Interaction_cost": "",
        "CBR-IT-path_DBIDs": "",
        "CustomerSegment": "default",
        f"PegAG{_GROUP}": 1,
        "RRequestedSkillCombination": "",
        "RRequestedSkills": None,
        "RStrategyDBID": "785",
        "RStrategyName": "SimpleEmailInStrategy",
        "RTargetAgentGroup": _GROUP,
        "RTargetAgentSelected": email.holder or "",
        "RTargetObjectSelected": _GROUP,
        "RTargetObjSelDBID": "114",
        "RTargetPlaceSelected": "",
        "RTargetRequested": _GROUP,
        "RTargetRuleSelected": "",
        "RTargetTypeSelected": "2",
        "RTenant": "Environment",
        "RVQDBID": "",
        "RVQID": "",
        "ServiceObjective": 0,
        "ServiceType": "default",
    }
