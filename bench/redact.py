"""Measures what redaction costs: microseconds of CPU an exchange, on fixed input.

    python bench/redact.py [ROUNDS]

Two kinds of traffic, both about 2.5 KB an exchange: a notification whose texts come again and again
(a state that changes), and one whose every mail is new, which is the dear case, for every letter of
a mail is replaced. Prints the best of several passes; compare two versions in one sitting.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # run as a script, Python looks in bench/ only

from tapestry.tape.body import body_of  # noqa: E402 - needs the line above
from tapestry.tape.model import Exchange, Request, Response  # noqa: E402
from tapestry.tape.redact import Redactor  # noqa: E402

PASSES = 5
WORDS = (ROOT / "LICENSE").read_text(encoding="utf-8").split()


def notification(number: int, text: str) -> Any:
    """Return a delivery as an agent's desktop gets it, with a mail that reads ``text``."""
    return {
        "channel": "/v2/me/emails",
        "data": {
            "referenceId": number,
            "messageType": "EmailStateChangeMessage",
            "notificationType": "StatusChange",
            "metrics": {"eventProcessing": {"serverGenerationTimestamp": 1769554666968 + number}},
            "email": {
                "id": f"00012a9HEEG{number:05d}",
                "state": "Processing",
                "uri": f"http://127.0.0.1:8090/api/v2/me/emails/00012a9HEEG{number:05d}",
                "from": "jo.doe@customer.test",
                "to": ["support@shop.test"],
                "subject": text[:40],
                "body": f"<html><body><p>{text[:500]}</p></body></html>",
                "bodyAsPlainText": text[:500],
                "assignedTo": "alice",
                "contactId": "0008Va76MGEC000Q",
                "receivedDate": "2016-03-15 23:38:42.000+1000",
                "mime": "text/html",
                "emailType": "Inbound",
                "capabilities": ["Reply", "ReplyAll", "Transfer", "SetDisposition", "Complete"],
                "revelantResponseTemplateGroups": [],
                "userData": {
                    "Header_Content-Type": 'multipart/alternative; boundary="0000f8df08"',
                    "Header_Date": "Mon, 14 Jul 2025 14:06:31 +0530",
                    "Header_Message-ID": f"<{number}.abc@mail.customer.test>",
                    "Header_MIME-Version": "1.0",
                    "RTargetTypeSelected": "2",
                    "RTargetObjectSelected": "Email_Support_Group",
                    "RVQID": "01QG9WAK37H38024",
                    "CBR-actual_volume": "",
                    "CBR-contract_DBIDs": "",
                    "RTargetAgentSelected": "alice",
                    "RTargetPlaceSelected": "place_17",
                    "RTenant": "Environment",
                    "RStrategyName": "Email inbound routing",
                    "RStrategyDBID": "211",
                    "CustomerSegment": "default",
                    "ServiceType": "default",
                    "ServiceObjective": 300,
                    "FirstName": "Jo",
                    "LastName": "Doe",
                    "EmailAddress": "jo.doe@customer.test",
                    "FromPersonal": "Jo Doe",
                    "Mailbox": "support@shop.test",
                    "Subject": text[:40],
                    "_AttachmentFileNames": "",
                    "_AutoReplyCount": 0,
                    "RRequestedSkills": None,
                },
            },
        },
    }


def exchange(number: int, *, new_text: bool) -> Exchange:
    """Return a poll that brings one notification."""
    start = number * 7 % len(WORDS) if new_text else 0
    text = " ".join((WORDS + WORDS)[start : start + 120])
    poll = [{"channel": "/meta/connect", "id": str(number), "clientId": "2h9x1gq0c7b3sd"}]
    told = [notification(number, text), {**poll[0], "successful": True}]
    headers = (
        ("Host", "127.0.0.1:8090"),
        ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"),
        ("Cookie", "JSESSIONID=sngukrzemiyxchpu5isbufmm; BAYEUX_BROWSER=1x9k3"),
        ("X-CSRF-TOKEN", "4a92be65-ec55-4aa2-b9df-9518fd870f2f"),
        ("Content-Type", "application/json;charset=UTF-8"),
        ("Accept", "application/json, text/javascript"),
    )
    return Exchange(
        at=float(number),
        took=5.0,
        request=Request("POST", "/api/v2/notifications/connect", {}, headers, _json(poll)),
        response=Response(200, headers[-2:], _json(told)),
    )


def _json(value: Any) -> Any:
    return body_of(json.dumps(value).encode(), "application/json")


def microseconds(exchanges: list[Exchange]) -> float:
    """Return what one exchange takes, with a redactor that knows the people already."""
    redactor = Redactor(b"a key for the bench")
    redactor.exchange(exchanges[0])
    began = time.process_time()
    for one in exchanges:
        redactor.exchange(one)
    return (time.process_time() - began) / len(exchanges) * 1e6


def main() -> None:
    """Print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    for name, new_text in (("states that repeat", False), ("a new mail each time", True)):
        exchanges = [exchange(number, new_text=new_text) for number in range(rounds)]
        size = len(json.dumps(exchanges[0].response.body.value))
        cost = min(microseconds(exchanges) for _ in range(PASSES))
        print(f"{name:<22} {size:>6} bytes {cost:>8.0f} µs an exchange")


if __name__ == "__main__":
    main()
