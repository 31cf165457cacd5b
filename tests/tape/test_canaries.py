"""Puts a canary into every place a secret or a person can stand, and reads every byte written."""

import base64
import json
from urllib.parse import quote, quote_plus

import pytest

from tapestry.tape import codec, journal
from tapestry.tape.body import body_of
from tapestry.tape.journal import Journal
from tapestry.tape.model import End, Exchange, Frame, Header, Request, Response
from tapestry.tape.redact import Redactor

USER, PASSWORD = "canaryuser", "canary/pass+word="
SESSION, BROWSER = "canarysessioncookie", "canarybrowsercookie"
CLIENT, CSRF = "canaryclientid1", "canary-csrf-4a92be65"
ADDRESS, NAME = "canary.person@canarymail.example.org", "Canarina Birdsong"
BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

HEADERS = [
    ("Authorization", BASIC),
    ("Proxy-Authorization", "Bearer canaryproxybearer7"),
    ("Cookie", f"JSESSIONID={SESSION}; BAYEUX_BROWSER={BROWSER}; x=canarycookieplain"),
    ("X-Canary-Csrf", "canarynamedbytheserver"),
    ("X-CSRF-TOKEN", CSRF),
    ("X-Api-Key", "canaryapikey"),
    ("X-Auth-Token", "canaryauthtoken"),
    ("X-Session-Id", "canarysessionheader"),
    ("ssid", "canarysalesforcesession"),
    ("X-Forwarded-For", "canary-client-address"),
    ("X-Remote-User", "canaryremoteuser"),
    ("Referer", f"http://h/x?user={quote(ADDRESS)}&token=canaryrefererparam"),
    ("From", "canary.from@canaryfrom.example.org"),
    ("X-Link", "http://canaryurluser:canaryurlpassword@host/"),
    ("X-Note", "eyJcanaryheader.eyJcanarypayload.canarysignature"),
]
NOTIFICATION = {
    "channel": "/v2/me/emails",
    "clientId": CLIENT,
    "ext": {"auth": "canaryextauth", "ack": 7, "deep": {"list": ["canaryextlist"]}},
    "data": {
        "messageType": "EmailStateChangeMessage",
        "email": {
            "id": "00012a9HEEG0325N",
            "state": "Processing",
            "from": f'"{NAME}" <{ADDRESS}>',
            "to": ["canary.to@canarymail.example.org"],
            "cc": ["canarycc@canarylocalhost"],
            "bcc": "canary.bcc@canarymail.example.org",
            "subject": "canarysubject line",
            "body": '<p title="canarytitle">canarybody <a href="mailto:canary.l@x.org">l</a>',
            "bodyAsPlainText": "canaryplain text",
            "assignedTo": USER,
            "attachments": [{"id": "1", "name": "canaryfile.pdf"}],
            "userData": {
                "EmailAddress": ADDRESS,
                "FirstName": "Canarina",
                "LastName": "Birdsong",
                "FromPersonal": NAME,
                "PhoneNumber": "+1 (555) 867-5309",
                "Mobile": "5558675309",
                "Street": "1 Canary Wharf",
                "CallbackUri": "http://h/api/v2/users/canarylogin/callback",
                "Header_To": f"canaryheaderto <{ADDRESS}>",
                "Header_X-Canary": "canaryheadervalue",
                "Subject": "canarysubject line",
                "Any": f"please write to {ADDRESS} or +44 20 7946 0958",
                "Card": "4111 1111 1111 1111",
                "Nested": json.dumps({"password": "canarynestedpassword"}),
                "canary.key@canarymail.example.org": 1,
            },
        },
    },
}
ANSWER = {
    "statusCode": 0,
    "user": {
        "id": USER,
        "userName": USER,
        "firstName": "Canarina",
        "lastName": "Birdsong",
        "emailAddress": ADDRESS,
        "uri": f"http://h/api/v2/users/{USER}",
        "settings": [{"name": "LastName", "value": "canaryattribute"}],
        "password": 918273645,
    },
    "statusMessage": f"session {SESSION} of {USER} with {PASSWORD} and {CLIENT}: canary@x.org",
    "access_token": "canaryaccesstoken",
    "jsessionid": "canarycookieinbody",
    "credentials": {"deep": ["canarydeepcredential"]},
    "comment": "canarycomment",
}
BODIES = [
    (b"user=canaryuser&password=canaryformpassword&q=" + quote_plus(ADDRESS).encode(), "form"),
    (b"message=" + quote_plus(json.dumps([NOTIFICATION])).encode(), "form"),
    (f"jsonpcallback({json.dumps([NOTIFICATION])});".encode(), "text/javascript"),
    (f"data: {json.dumps(NOTIFICATION)}\n\ndata: {{}}\n".encode(), "text/event-stream"),
    (b'{"password": "canarybrokenjson", "from": "canary@x.org", "x": NaN}', "application/json"),
    (b"{'password': 'canarysinglequotes'", "text/plain"),
    (b"<r><userName>canaryxmlname</userName><password>canaryxmlsecret</password></r>", "text/xml"),
    (b"\xff\xfe binary password=canarybinary canary.bin@x.org " + BASIC.encode(), "image/png"),
    (
        b'--B\r\nContent-Disposition: form-data; name="password"\r\n\r\ncanarypart\r\n--B--\r\n',
        "multipart/form-data; boundary=B",
    ),
    (b"From: Canarina Birdsong\r\nAuthorization: Bearer canarymailauth\r\n\r\n", "message/rfc822"),
    (b"-----BEGIN PRIVATE KEY-----\ncanaryprivatekey\n-----END PRIVATE KEY-----", "text/plain"),
    (b"canaryuser said: token: canarytexttoken; bye canaryuser.", "text/plain"),
]
CANARIES = [
    "canary",
    "birdsong",
    "867-5309",
    "8675309",
    "7946 0958",
    "4111 1111",
    "918273645",
    PASSWORD,
]


def entries():
    given = [
        ("X-CSRF-HEADER", "X-Canary-Csrf"),
        ("X-CSRF-TOKEN", CSRF),
        ("Set-Cookie", f"JSESSIONID={SESSION}; Path=/; HttpOnly"),
        ("Set-Cookie", f"BAYEUX_BROWSER={BROWSER}"),
        ("Location", f"/login;jsessionid={SESSION}?x={quote(ADDRESS)}"),
    ]
    query = {
        "email": ADDRESS,
        "message": json.dumps([NOTIFICATION]),
        "password": ["canaryqueryone", "canaryquerytwo"],
        "q": USER,
    }
    path = f"/api/v2/users/{USER}/contacts/{quote(ADDRESS)};jsessionid={SESSION}"
    request = Request("POST", path, query, tuple(HEADERS), body_of(json.dumps(ANSWER).encode()))
    answer = Response(200, tuple(given), body_of(json.dumps([NOTIFICATION]).encode()))
    yield Exchange(1.0, 2.0, request, answer)
    for content, kind in BODIES:
        content_type = "application/x-www-form-urlencoded" if kind == "form" else kind
        headers = (("Content-Type", content_type),)
        body = body_of(content, content_type)
        yield Exchange(3.0, 1.0, Request("POST", "/x", {}, headers, body), Response(200))
        yield Exchange(3.0, 1.0, Request("GET", "/x"), Response(200, headers, body))
    yield Frame(4.0, "w1", "server", body_of(json.dumps([NOTIFICATION]).encode()))
    yield End(5.0, "c1", f"gone {USER}", request=request)


def redacted(redactor, entry):
    match entry:
        case Exchange():
            return redactor.exchange(entry)
        case Frame():
            return redactor.frame(entry)
    return redactor.end(entry)


@pytest.fixture
def written(tmp_path, monkeypatch):
    """All bytes that reached the disk, in flow style while recording and in block style after."""
    seen = []
    write = journal.os.write

    def spy(file, data):
        seen.append(bytes(data))
        return write(file, data)

    monkeypatch.setattr(journal.os, "write", spy)
    redactor = Redactor()
    path = tmp_path / "x.yaml"
    recording = Journal(path, Header("now", redaction=redactor.summary))
    for entry in entries():
        recording.append(redacted(redactor, entry))
    assert recording.lost == 0
    recording.close()
    return b"".join(seen) + path.read_bytes()


def test_no_canary_reaches_the_disk_in_any_spelling(written):
    text = written.decode().replace("X-Canary", "").replace("Header_X-Canary", "").lower()
    text = text.replace("x-canary-csrf", "")
    for canary in CANARIES:
        for spelling in (canary, quote(canary, safe=""), quote_plus(canary)):
            at = text.find(spelling.lower())
            assert at < 0, text[max(at - 80, 0) : at + 80]


def test_no_canary_reaches_the_disk_in_base64(written):
    values = [
        value
        for line in written.decode().splitlines()
        if line.startswith("--- ")
        for value in _base64_values(json.loads(line[4:]))
    ]
    assert values
    assert not any(b"canary" in base64.b64decode(value) for value in values)
    assert base64.b64encode(f"{USER}:{PASSWORD}".encode()) not in written


def _base64_values(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from [inner] if key == "base64" else _base64_values(inner)


def test_there_are_canaries_enough():
    everything = "".join(codec.dump_flow(entry) for entry in entries())
    assert everything.lower().count("canary") > 150
