"""Secrets and people in every place that traffic can hold them, each value there only once.

The values are made so that any spelling of one can be recognised: each has a core of its own, and
they are real to the eye of a scanner (check digits hold, domains are not reserved ones).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Canary:
    """A planted value, and the ``core`` in it that nothing else holds."""

    place: str
    kind: str
    value: str
    core: str


@dataclass(frozen=True)
class Turn:
    """One exchange: what the client asks and what the server answers."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    status: int = 200
    answer_headers: tuple[tuple[str, str], ...] = ()
    answer: bytes = b""


@dataclass
class Corpus:
    """What is said, and the canaries in it; ``frames`` go over one WebSocket, (sender, text)."""

    canaries: list[Canary] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    frames: list[tuple[str, str]] = field(default_factory=list)

    def mint(self, kind: str, place: str) -> str:
        """Return a new value of ``kind`` for ``place``."""
        number = len(self.canaries)
        value, core = _MINTS[kind](number)
        self.canaries.append(Canary(place, kind, value, core))
        return value


def letters(number: int) -> str:
    return "".join(chr(97 + number // 26**power % 26) for power in (2, 1, 0))


_FIRST = """
    marino elisa toren sander albero nadine corale ruben selina oriana denise lionel mirela adrien
    teodor salome
""".split()  # noqa: SIM905 - a list of words is read more easily as words
_LAST = """
    bergen rossini andersen castello lindner moreira salinas petersen dorland valenti eriksen
    montero steiner larousse delmonte arnesen contreras harlan
""".split()  # noqa: SIM905 - see above


def word(number: int) -> str:
    """Return a name that reads like one and is there once."""
    return _FIRST[number % len(_FIRST)] + _LAST[number // len(_FIRST)]


def _token(number: int) -> tuple[str, str]:
    core = f"q7{word(number)}Z9x4"
    return f"{core}Kt3Wm8Rv", core


def _card(number: int) -> tuple[str, str]:
    plain = f"41111{number:04d}55{number % 97:04d}"[:15].ljust(15, "7")
    digits = [int(char) for char in plain]
    total = sum(digits[1::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[0::2])
    whole = plain + str(-total % 10)
    shown = " ".join(whole[n : n + 4] for n in range(0, 16, 4))
    return shown, shown


_MINTS: dict[str, Callable[[int], tuple[str, str]]] = {
    "token": _token,
    "password": lambda n: (f"{word(n)}!Pw7", word(n)),
    "address": lambda n: (f"{word(n)}.smith@post{word(n)}.org", word(n)),
    "name": lambda n: (word(n).capitalize(), word(n)),
    "login": lambda n: (f"{word(n)}user", word(n)),
    "phone": lambda n: (f"+44 20 7946 {1000 + n:04d}", f"7946 {1000 + n:04d}"),
    "us-phone": lambda n: (f"(415) 867-{1000 + n:04d}", f"867-{1000 + n:04d}"),
    "card": _card,
    "prose": lambda n: (f"Please send the {word(n)} order to my house", word(n)),
    "jwt": lambda n: (
        f"{_b64({'alg': 'HS256'})}.{_b64({'sub': word(n)})}.{word(n)}-sig0",
        f"{word(n)}-sig0",
    ),
    "github": lambda n: (f"ghp_{word(n)}0123456789abcdefghij", word(n)),
    "aws": lambda n: (f"AKIA{letters(n).upper()}CANARY0123456", f"AKIA{letters(n).upper()}CANARY"),
    "pem": lambda n: (
        f"-----BEGIN PRIVATE KEY-----\nMIIE{word(n)}\n-----END PRIVATE KEY-----",
        word(n),
    ),
}  # fmt: skip


def _b64(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def corpus() -> Corpus:
    """Return the whole of it."""
    made = Corpus()
    for plant in (
        _headers,
        _urls,
        _json,
        _mail,
        _forms,
        _texts,
        _encoded,
        _bayeux,
        _errors,
        _socket,
    ):
        plant(made)
    return made


def _post(made: Corpus, value: Any, answer: Any = None, path: str = "/api/v2/me") -> None:
    kind = (("Content-Type", "application/json"),)
    back = b"" if answer is None else json.dumps(answer).encode()
    body = b"" if value is None else json.dumps(value).encode()
    made.turns.append(Turn("POST", path, kind, body, 200, kind, back))


def _headers(made: Corpus) -> None:
    mint = made.mint
    login, password = mint("login", "header Authorization"), mint("password", "Basic password")
    basic = base64.b64encode(f"{login}:{password}".encode()).decode()
    asked = [
        ("Authorization", f"Basic {basic}"),
        ("Proxy-Authorization", f"Bearer {mint('token', 'header Proxy-Authorization')}"),
        ("Cookie", "; ".join(
            f"{name}={mint('token', f'cookie {name}')}"
            for name in ("JSESSIONID", "BAYEUX_BROWSER", "AWSELB", "remember", "theme")
        )),
    ]  # fmt: skip
    secret = (
        "X-CSRF-TOKEN X-XSRF-TOKEN X-Api-Key X-Auth-Token X-Session-Id ssid SID"
        " X-Amz-Security-Token X-Client-Secret X-Signature X-Password X-Credentials Api-Key"
    )
    asked += [(name, mint("token", f"header {name}")) for name in secret.split()]
    asked += [(name, mint("login", f"header {name}")) for name in ("X-Remote-User", "X-Username")]
    asked += [
        ("From", mint("address", "header From")),
        ("X-Comment", f"call {mint('phone', 'header text')} or {mint('address', 'header text')}"),
        ("X-Trace", f"jwt {mint('jwt', 'header text')}"),
        ("X-Link", f"http://{mint('login', 'url user')}:{mint('password', 'url password')}@host/x"),
        ("Referer", f"http://h/p?token={mint('token', 'Referer query')}"
                    f"&mail={quote(mint('address', 'Referer query'))}"),
        ("X-Forwarded-For", mint("token", "header X-Forwarded-For")),
    ]  # fmt: skip
    told = [
        ("Set-Cookie", f"JSESSIONID={mint('token', 'Set-Cookie')}; Path=/; HttpOnly"),
        ("Set-Cookie", f"BAYEUX_BROWSER={mint('token', 'Set-Cookie')}"),
        ("Set-Cookie", f"auto_login={mint('token', 'Set-Cookie')}; Secure"),
        ("X-CSRF-HEADER", "X-Named-By-Server"),
        ("X-Named-By-Server", mint("token", "header named by X-CSRF-HEADER")),
        ("X-Refresh-Token", mint("token", "header X-Refresh-Token")),
        ("WWW-Authenticate", f'Basic realm="{mint("address", "WWW-Authenticate")}"'),
        ("Location", f"/login;jsessionid={mint('token', 'Location path')}"
                     f"?access_token={mint('token', 'Location query')}"
                     f"&user={quote(mint('address', 'Location query'))}"),
        ("Link", f"<http://h/x?apikey={mint('token', 'Link')}>; rel=next"),
    ]  # fmt: skip
    made.turns.append(Turn("GET", "/api/v2/me", tuple(asked), b"", 302, tuple(told)))
    again = f"{login} has gone, {password} was right"
    _post(made, {"text that no key explains": again}, {"statusMessage": again})


def _urls(made: Corpus) -> None:
    mint = made.mint
    names = (
        "access_token password token apikey sessionid code_secret jwt email from userName phone q"
    )
    for name in names.split():
        kind = {"email": "address", "from": "address", "userName": "login", "phone": "phone",
                "q": "address"}.get(name, "token")  # fmt: skip
        value = mint(kind, f"query {name}")
        made.turns.append(Turn("GET", f"/api/v2/x?{name}={quote_plus(value)}&a=1"))
    inner = quote(json.dumps({"password": mint("password", "JSON in query"), "a": 1}))
    made.turns.append(Turn("GET", f"/api/v2/x?filter={inner}"))
    nested = quote(f"http://h/cb?token={mint('token', 'url in query')}", safe="")
    made.turns.append(Turn("GET", f"/api/v2/x?next={nested}"))
    login, address = mint("login", "path users"), quote(mint("address", "path"))
    session = mint("token", "path parameter")
    made.turns.append(Turn("GET", f"/api/v2/users/{login}/contacts/{address};jsessionid={session}"))
    made.turns.append(Turn("DELETE", f"/api/v2/phones/{quote(mint('phone', 'path'))}"))


def _json(made: Corpus) -> None:
    mint = made.mint
    secret = (
        "password newPassword pwd passphrase pin token access_token refreshToken id_token secret"
        " clientSecret apiKey api_key csrfToken sessionId jsessionid credentials authorization"
        " privateKey accessKey samlResponse assertion ssid"
    )
    _post(made, {name: mint("token", f"key {name}") for name in secret.split()})
    people = (
        "userName loginName login firstName lastName middleName fullName familyName surname"
        " nickName customerName contactName agentName assignedTo employeeId"
    )
    _post(made, None, {"user": {name: mint("name", f"key {name}") for name in people.split()}})
    _post(made, None, {
        name: mint("phone", f"key {name}")
        for name in ("phone", "phoneNumber", "mobile", "homePhone", "fax", "ani", "callerId")
    })  # fmt: skip
    _post(made, None, {
        name: mint("prose", f"key {name}")
        for name in ("street", "comment", "note", "subject", "body", "text", "transcript")
    })  # fmt: skip
    deep: Any = {"secret": {"inner": [mint("token", "under a secret key")]}}
    for level in range(6):
        deep = {"level": [deep, {"any": mint("address", f"depth {level}")}]}
    _post(made, deep)
    _post(made, {
        mint("address", "key name"): 1,
        f"mail of {mint('address', 'key name')}": {"x": 2},
        mint("jwt", "key name"): True,
        f"Agent {mint('phone', 'key name')}": None,
    })  # fmt: skip
    settings = [{"name": "LastName", "value": mint("name", "attribute")},
                {"key": "password", "value": mint("password", "attribute")}]  # fmt: skip
    _post(made, {"settings": settings})
    shapes = ("address", "phone", "us-phone", "card", "jwt", "github", "aws", "pem")
    _post(made, {"any": [f"see {mint(kind, 'free text')} there" for kind in shapes]})
    _post(
        made,
        {
            "inner": json.dumps(
                {
                    "token": mint("token", "JSON in JSON"),
                    "deep": json.dumps({"pwd": mint("password", "JSON²")}),
                }
            )
        },
    )
    url = f"http://h/api/v2/users/{mint('login', 'userUri')}"
    _post(made, {"operationName": "Transfer", "userUri": url}, path="/api/v2/me/emails/0001")


def _mail(made: Corpus) -> None:
    mint = made.mint
    data = {
        name: mint(kind, f"userData {name}")
        for kind, names in {
            "address": "EmailAddress FromAddress Mailbox To ReplyTo",
            "name": "FirstName LastName FromPersonal RTargetAgentSelected WorkbinAgentId",
            "phone": "PhoneNumber HomePhone",
            "us-phone": "Mobile",
            "prose": "Subject _AttachmentFileNames Comments",
        }.items()
        for name in names.split()
    }
    headers = (
        "To From Cc Received Message-ID DKIM-Signature Reply-To Return-Path X-Original-To Subject"
    )
    for name in headers.split():
        place = f"Header_{name}"
        data[place] = f"by {mint('name', place)} <{mint('address', place)}>"
    data["ContractNote"] = f"ring {mint('us-phone', 'userData text')}"
    data["CardOnFile"] = mint("card", "userData CardOnFile")
    email = {
        "id": "00012a9HEEG0325N",
        "state": "Processing",
        "capabilities": ["Transfer", "Complete"],
        "userData": data,
        "from": f'"{mint("name", "email.from")}" <{mint("address", "email.from")}>',
        "to": [mint("address", "email.to"), mint("address", "email.to")],
        "cc": [mint("address", "email.cc")],
        "bcc": mint("address", "email.bcc"),
        "subject": mint("prose", "email.subject"),
        "body": f"<html><p title='{mint('name', 'body attribute')}'>{mint('prose', 'body')}</p>"
        f"<a href='mailto:{mint('address', 'body link')}'>x</a></html>",
        "bodyAsPlainText": mint("prose", "bodyAsPlainText"),
        "assignedTo": mint("login", "email.assignedTo"),
        "attachments": [{"id": "1", "name": f"{mint('login', 'attachment')}.pdf"}],
    }
    message = {
        "channel": "/v2/me/emails",
        "data": {
            "messageType": "EmailStateChangeMessage",
            "notificationType": "StatusChange",
            "referenceId": 4,
            "email": email,
        },
    }
    _post(made, [{"channel": "/meta/connect", "id": "3"}], [message], "/api/v2/notifications")


def _forms(made: Corpus) -> None:
    mint = made.mint
    form = "&".join(
        f"{name}={quote_plus(mint(kind, f'form {name}'))}"
        for name, kind in (
            ("password", "password"), ("j_password", "password"), ("userName", "login"),
            ("email", "address"), ("token", "token"), ("q", "address"), ("phone", "phone"),
        )
    )  # fmt: skip
    made.turns.append(Turn("POST", "/login", (("Content-Type", FORM),), form.encode()))
    message = json.dumps([{"channel": "/meta/connect", "clientId": mint("token", "form message")}])
    body = f"message={quote_plus(message)}".encode()
    made.turns.append(Turn("POST", "/api/v2/notifications", (("Content-Type", FORM),), body))
    parts = "".join(
        f'--B7\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        f"{mint(kind, f'part {name}')}\r\n"
        for name, kind in (
            ("password", "password"), ("email", "address"), ("comment", "prose"),
            ("apiKey", "token"), ("any", "address"),
        )
    )  # fmt: skip
    file = (
        f'--B7\r\nContent-Disposition: form-data; name="file"; filename="letter.txt"\r\n'
        f"Content-Type: text/plain\r\n\r\nMail {mint('address', 'part file')}, password: "
        f"{mint('password', 'part file')}\r\n--B7--\r\n"
    )
    kind = (("Content-Type", "multipart/form-data; boundary=B7"),)
    made.turns.append(Turn("POST", "/api/v2/upload", kind, (parts + file).encode()))


def _texts(made: Corpus) -> None:
    mint = made.mint
    texts = {
        "application/xml": f"<r><userName>{mint('login', 'XML')}</userName><password>"
        f"{mint('password', 'XML')}</password><mail>{mint('address', 'XML')}</mail></r>",
        "text/plain": f"token: {mint('token', 'text')}\nAuthorization: Bearer "
        f"{mint('token', 'text')}\ncontact {mint('address', 'text')} {mint('us-phone', 'text')}",
        "text/javascript": f'cb([{{"clientId":"{mint("token", "JSONP")}","ext":{{"auth":"'
        f'{mint("token", "JSONP ext")}"}}}}]);',
        "text/event-stream": f'data: {{"access_token":"{mint("token", "event stream")}"}}\n\n',
        "text/html": f"<input name='password' value='{mint('password', 'HTML')}'>"
        f"<a href='/x?token={mint('token', 'HTML link')}'>{mint('address', 'HTML')}</a>",
        "message/rfc822": f"From: {mint('name', 'RFC 822')} <{mint('address', 'RFC 822')}>\r\n"
        f"Subject: {mint('prose', 'RFC 822')}\r\n\r\nhello",
        "application/json": f'{{"password": "{mint("password", "broken JSON")}", "x": NaN}}',
    }
    for content_type, text in texts.items():
        kind = (("Content-Type", content_type),)
        made.turns.append(Turn("GET", "/api/v2/doc", (), b"", 200, kind, text.encode()))
    soap = (
        f'<user password="{mint("password", "XML attribute")}" mail="'
        f'{mint("address", "XML attribute")}"/><input value="{mint("token", "HTML, value first")}"'
        f" name='csrfToken'>"
    )
    made.turns.append(Turn("POST", "/soap", (("Content-Type", "text/xml"),), soap.encode()))
    _post(made, {
        "statusMessage": f"denied, password: {mint('password', 'colon in a JSON text')} is wrong",
        "detail": f"token = '{mint('token', 'quoted in a JSON text')}'",
        "log": f"Cookie: JSESSIONID={mint('token', 'cookie in a JSON text')}; Path=/",
        "query": f"a=1&pwd={mint('password', 'form in a JSON text')}&b=2",
        "xml": f"<password>{mint('password', 'XML in a JSON text')}</password>",
    })  # fmt: skip
    binary = b"\x89PNG\xff\xfe password=" + mint("password", "binary").encode() + b" \xff "
    binary += mint("address", "binary").encode() + b"\x00\xff"
    kind = (("Content-Type", "image/png"),)
    made.turns.append(Turn("POST", "/api/v2/upload", kind, binary))


def _encoded(made: Corpus) -> None:
    mint = made.mint
    for place in ("base64 mail", "base64 login", "base64 JSON", "base64url"):
        clear = {
            "base64 mail": lambda p: f"To: {mint('address', p)}, password: {mint('password', p)}",
            "base64 login": lambda p: f"mail={mint('address', p)}&token={mint('token', p)}",
            "base64 JSON": lambda p: json.dumps({"secret": mint("token", p), "a": "b"}),
            "base64url": lambda p: f"write to {mint('address', p)} or {mint('us-phone', p)}?>",
        }[place](place)
        encode = base64.urlsafe_b64encode if place == "base64url" else base64.b64encode
        _post(made, {"blob": encode(clear.encode()).decode()})
    _post(made, {"link": quote(f"/x?password={mint('password', 'url-encoded')}", safe="")})
    _post(made, {"mail": f"a%20{quote(mint('address', 'url-encoded'))}%20b"})


def _bayeux(made: Corpus) -> None:
    mint = made.mint
    ext = {
        "ack": True,
        "token": mint("token", "ext token"),
        "authentication": {"user": mint("token", "ext"), "cred": mint("token", "ext")},
        "list": [mint("token", "ext list")],
    }
    asked = [{"channel": "/meta/handshake", "version": "1.0", "ext": ext, "id": "1"}]
    client = mint("token", "clientId")
    told = [{"channel": "/meta/handshake", "clientId": client, "successful": True, "id": "1"}]
    _post(made, asked, told, "/api/v2/notifications")
    errors = [{"channel": "/meta/connect", "successful": False, "error": f"402:{client}:unknown"}]
    _post(made, [{"channel": "/meta/connect", "clientId": client}], errors, "/api/v2/notifications")


def _errors(made: Corpus) -> None:
    mint = made.mint
    kind = (("Content-Type", "application/json"),)
    told = {"statusCode": 4, "statusMessage": f"No user {mint('address', 'error body')}"}
    made.turns.append(Turn("GET", "/api/v2/e", (), b"", 500, kind, json.dumps(told).encode()))
    page = f"<h1>403</h1> session={mint('token', 'error page')}: {mint('address', 'error page')}"
    made.turns.append(Turn("GET", "/api/v2/e", (), b"", 403, (), page.encode()))
    trace = f"at login(password={mint('password', 'stack trace')}) url=http://h/?sid=" + mint(
        "token", "stack trace"
    )
    made.turns.append(Turn("GET", "/api/v2/e", (), b"", 502, (), trace.encode()))


def _socket(made: Corpus) -> None:
    mint = made.mint
    client = mint("token", "frame clientId")
    hello = [{"channel": "/meta/connect", "clientId": client, "ext": {"a": mint("token", "frame")}}]
    made.frames.append(("client", json.dumps(hello)))
    data = {"email": {"from": mint("address", "frame"), "subject": mint("prose", "frame")},
            "password": mint("password", "frame"), "any": mint("us-phone", "frame")}  # fmt: skip
    made.frames.append(("server", json.dumps([{"channel": "/v2/me/emails", "data": data}])))
    made.frames.append(
        ("client", f"token={mint('token', 'frame text')} {mint('address', 'frame')}")
    )
    made.frames.append(("server", "bye " + mint("address", "frame text")))
