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
from conformance.reference.email import Email, State
from conformance.reference.ids import contact_id
from conformance.reference.outcome import Json

INVITED_CAPABILITIES = ("Accept", "Reject")
PROCESSING_CAPABILITIES = (
    "Reply",
    "ReplyAll",
    "Transfer",
    "AddComment",
    "AttachUserData",
    "UpdateUserData",
    "DeleteUserData",
    "SetDisposition",
    "SetInFocus",
    "Complete",
)
_CAPABILITIES = {
    State.INVITED: INVITED_CAPABILITIES,
    State.PROCESSING: PROCESSING_CAPABILITIES,
}
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
        resource = {
            "id": email.id,
            "state": str(email.state),
            "subject": email.subject,
            "from": email.sender,
            "to": [email.recipient],
            "contactId": contact_id(email.sender),
            "emailType": "Inbound",
            "receivedDate": _received_date(email.received),
            "mime": "text/html",
            "body": f"<html><body><p>{html.escape(email.subject)}</p></body></html>",
            "bodyAsPlainText": email.subject,
            "suggestedQueueUris": [],
            "revelantResponseTemplateGroups": [],
            "capabilities": list(_CAPABILITIES.get(email.state, ())),
            "userData": _user_data(email),
            "uri": self.email_uri(email),
            "path": f"/emails/{email.id}",
        }
        return resource | ({"assignedTo": email.owner} if email.owner else {})

    def parting_email(self, email: Email, state: State) -> Json:
        """Return the whole resource for an agent who has just let go of it, in ``state``."""
        return self.email(email) | {"state": str(state), "capabilities": []}

    def light_email(self, email: Email, state: State) -> Json:
        """Return the few attributes that Reject's sample shows to the agent who refused."""
        return {
            "id": email.id,
            "state": str(state),
            "capabilities": [],
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
    return _mail_data(email) | _routing_data(email)


def _mail_data(email: Email) -> Json:
    return {
        "Subject": email.subject,
        "To": email.recipient,
        "Mailbox": email.recipient,
        "FromAddress": email.sender,
        "FromPersonal": "",
        "EmailAddress": email.sender,
        "ContactId": contact_id(email.sender),
        "Origination_Source": "Email",
        "Header_Content-Type": f'multipart/mixed; boundary="==============={email.id}=="',
        "Header_Date": format_datetime(email.received.astimezone(UTC)),
        "Header_MIME-Version": "1.0",
        "Header_Message-ID": f"<{email.id}@mail.example.com>",
        "_AttachmentFileNames": "",
        "_AttachmentsSize": "0",
        "_AutoReplyCount": 0,
        "_ContainsAttachment": "false",
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
