"""What may not stand on a tape, as a table that a person can read and question.

Each rule says where it looks, what it looks for and what takes the place of the value. Rules for
names (of headers, keys, parameters) compare without case and with or without ``_``, ``-`` and
blanks, take ``*`` for anything, and may ask for the enclosing key as ``parent.name``; the first
that matches wins. Rules for shapes find a value wherever it stands in a text, and rules for values
name it outright. A user's own additions (:mod:`tapestry.tape.policy_file`) come before the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase


class Site(StrEnum):
    """Where a rule looks."""

    HEADER = "header"
    KEY = "key"
    SHAPE = "shape"
    VALUE = "value"

    __hash__ = str.__hash__  # see Kind


class Kind(StrEnum):
    """What a value is, and so what takes its place.

    The first four become typed pseudonyms (``client-…``); the rest keep their format.
    """

    CLIENT = "client"
    COOKIE = "cookie"
    PASSWORD = "password"  # noqa: S105 - a kind of value, not a password
    TOKEN = "token"  # noqa: S105 - a kind of value, not a token
    AUTHORIZATION = "authorization"
    EXTENSION = "extension"
    NAME = "name"
    LOGIN = "login"
    MAILBOX = "mailbox"
    ADDRESS = "address"
    PHONE = "phone"
    CARD = "card"
    PROSE = "prose"
    FILE = "file"
    KEEP = "keep"

    __hash__ = str.__hash__  # that of Enum is written in Python, and kinds are looked up all day


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the policy: at ``site``, what ``finds`` names or matches is a ``kind``."""

    name: str
    site: Site
    kind: Kind
    finds: tuple[str, ...]


def named(name: str, site: Site, kind: Kind, words: Iterable[str]) -> Rule:
    """Return a rule for names of headers or keys, however they are spelt."""
    return Rule(name, site, kind, tuple(map(_spelling, words)))


def _names(name: str, site: Site, kind: Kind, words: str) -> Rule:
    return named(name, site, kind, words.split())


def _spelling(word: str) -> str:
    return re.sub(r"[\s-]", "_", word).lower()


_HEADERS = (
    _names(
        "header-structure",
        Site.HEADER,
        Kind.KEEP,
        "X-CSRF-HEADER Access-Control-Allow-Headers Access-Control-Expose-Headers"
        " Access-Control-Request-Headers Content-Type Date Expires Last-Modified",
    ),
    _names(
        "credentials",
        Site.HEADER,
        Kind.AUTHORIZATION,
        "Authorization Proxy-Authorization *-Authorization Authentication X-Auth",
    ),
    _names("cookie", Site.HEADER, Kind.COOKIE, "Cookie Cookie2 Set-Cookie Set-Cookie2"),
    _names(
        "header-secret",
        Site.HEADER,
        Kind.TOKEN,
        "*csrf* *xsrf* *token* *secret* *api-key* *apikey* *password* *credential* *session-id*"
        " *signature ssid surl SID X-Amz-*",
    ),
    _names(
        "header-person",
        Site.HEADER,
        Kind.NAME,
        "*Remote-User *Forwarded-User X-User X-Username X-UserId SUSERNAME",
    ),
    _names(
        "client-network",
        Site.HEADER,
        Kind.TOKEN,
        "Forwarded X-Forwarded-For X-Real-IP X-Client-IP True-Client-IP CF-Connecting-IP",
    ),
)  # fmt: skip

_KEYS = (
    _names(
        "structure",
        Site.KEY,
        Kind.KEEP,
        "state operationName capabilities channel messageType notificationType statusCode"
        " referenceId successful subscription connectionType supportedConnectionTypes version"
        " minimumVersion reconnect mime type contentType emailType interactionType"
        " interactionSubtype dndState roles features queueName tokenType"
        " Header_Content-Type Header_MIME-Version Header_Date",
    ),
    _names("bayeux-client", Site.KEY, Kind.CLIENT, "clientId"),
    _names(
        "cookie-value",
        Site.KEY,
        Kind.COOKIE,
        "BAYEUX_BROWSER jsessionid phpsessid cookie cookies",
    ),
    _names("password", Site.KEY, Kind.PASSWORD, "*password* *passwd* *passphrase* pwd pin"),
    _names(
        "secret",
        Site.KEY,
        Kind.TOKEN,
        "*token* *secret* *credential* *apikey* *csrf* *xsrf* authorization bearer jwt"
        " session *sessionid sid ssid otp signature *privatekey accesskey* samlresponse samlrequest"
        " assertion",
    ),
    _names("bayeux-extension", Site.KEY, Kind.EXTENSION, "ext"),
    _names(
        "file-name", Site.KEY, Kind.FILE,
        "attachment.name attachments.name fileName _AttachmentFileNames",
    ),
    _names(
        "person",
        Site.KEY,
        Kind.NAME,
        "userName loginName login loginCode user.name user.displayName users.name"
        " users.displayName agent.name agent.displayName contact.name contact.displayName"
        " from.name to.name cc.name bcc.name sender.name participants.name participants.displayName"
        " firstName lastName middleName fullName givenName familyName surname nickName maidenName"
        " FromPersonal ToPersonal CcPersonal customerName contactName agentName personName"
        " assignedTo assignedToUser RTargetAgentSelected WorkbinAgentId employeeId",
    ),
    _names(
        "mailbox",
        Site.KEY,
        Kind.MAILBOX,
        "from to cc bcc sender replyTo recipient recipients mailbox *email *emailaddress"
        " *mailaddress fromAddress toAddress",
    ),
    _names(
        "phone",
        Site.KEY,
        Kind.PHONE,
        "*phone *phonenumber *mobile *mobilenumber fax faxnumber msisdn ani dnis callerId",
    ),
    _names(
        "home",
        Site.KEY,
        Kind.PROSE,
        "street *streetaddress *postaladdress addressline* zip zipcode postcode postalcode"
        " birthdate dateOfBirth birthday ssn nationalId iban accountNumber cardNumber cvv",
    ),
    _names("mail-header", Site.KEY, Kind.PROSE, "Header_*"),
    _names(
        "message-text",
        Site.KEY,
        Kind.PROSE,
        "subject body bodyAsPlainText bodyAsHtml comment comments note notes text html"
        " structuredText messageText transcript",
    ),
)  # fmt: skip

USER_IN_PATH = Rule("user-path", Site.SHAPE, Kind.LOGIN, (r"(?<=/users/)[^\s/?#;&\"'<>,)\]}]+",))
COOKIE_VALUE = Rule("cookie", Site.HEADER, Kind.COOKIE, ("Cookie", "Set-Cookie"))

_SHAPES = (
    USER_IN_PATH,
    Rule("private-key", Site.SHAPE, Kind.TOKEN, (
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    )),
    Rule("url-credentials", Site.SHAPE, Kind.TOKEN, (r"(?<=://)[^\s/@:?#]+:[^\s/@?#]*(?=@)",)),
    Rule("mail-address", Site.SHAPE, Kind.ADDRESS, (
        r"(?<![\w.+'~-])[\w.+'~-]*[\w+~-](?:@|%40)[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)+",
    )),
    Rule("bearer", Site.SHAPE, Kind.TOKEN, (
        r"(?<![\w-])(?:(?<=(?i:bearer) )|(?<=(?i:basic) )|(?<=(?i:digest) )|(?<=(?i:negotiate) ))"
        r"(?=[A-Za-z+/._~-]*[0-9=])[A-Za-z0-9+/=._~-]{6,}",
        r"(?<![\w-])eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?",
        r"(?<![\w-])(?:gh[pousr]_|glpat-|sk-|sk_live_|xox[abprs]-|AKIA)[\w-]{10,}",
    )),
    Rule("phone-number", Site.SHAPE, Kind.PHONE, (
        r"(?<![\w.+])\+\d(?:[ ().-]{0,2}\d){7,14}(?!\w)",
        r"(?<![\w.-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])",
    )),
    Rule("card-number", Site.SHAPE, Kind.CARD, (
        r"(?<![\w.-])[3-6]\d{3}(?:[ -]?\d{4}){2}[ -]?\d{3,4}(?![\w-])",
    )),
)  # fmt: skip

DEFAULT: tuple[Rule, ...] = (*_HEADERS, *_KEYS, *_SHAPES)
"""The policy that every recording is made under."""

_WORDS = (
    "api v1 v2 v3 me user users email emails chat chats voice call calls device devices channel"
    " channels contact contacts queue queues workbin workbins workitem workitems service services"
    " notifications interactions features settings attachments admin reset handshake connect"
    " disconnect subscribe unsubscribe meta http https localhost true false null none default"
)
STRUCTURAL_WORDS = frozenset(_WORDS.split())
"""Words of addresses and protocols: never a person's, whatever somebody is called."""


MEMORY = 4096
"""How many names are remembered with the rule that they fall under."""


class Policy:
    """Rules in order of precedence, and the one that applies to a name.

    ``additions`` are the rules beyond the default, ``name`` is what a cassette's header calls it.
    """

    def __init__(
        self,
        name: str = "default",
        additions: Iterable[Rule] = (),
        default: Iterable[Rule] = DEFAULT,
    ) -> None:
        """Put ``additions`` before the ``default`` rules."""
        self.name = name
        self.additions = tuple(additions)
        self.rules = (*self.additions, *default)
        self._headers: dict[tuple[str, str], Rule | None] = {}
        self._keys: dict[tuple[str, str], Rule | None] = {}

    def structure(self) -> Policy:
        """Return the policy that replaces nothing and keeps what this one keeps."""
        kept = [rule for rule in self.rules if rule.kind is Kind.KEEP]
        return Policy(self.name, default=kept)

    def at(self, site: Site) -> tuple[Rule, ...]:
        """Return the rules that look at ``site``."""
        return tuple(rule for rule in self.rules if rule.site is site)

    def header(self, name: str) -> Rule | None:
        """Return the rule for the header ``name``, if any."""
        try:
            return self._headers[name, ""]
        except KeyError:
            return self._remembered(self._headers, Site.HEADER, name, "")

    def key(self, name: str, parent: str = "") -> Rule | None:
        """Return the rule for the key or parameter ``name`` within ``parent``, if any."""
        try:
            return self._keys[name, parent]
        except KeyError:
            return self._remembered(self._keys, Site.KEY, name, parent)

    def _remembered(
        self, found: dict[tuple[str, str], Rule | None], site: Site, name: str, parent: str
    ) -> Rule | None:
        if len(found) >= MEMORY:
            found.clear()
        rule = found[name, parent] = self._first(site, name, parent)
        return rule

    def _first(self, site: Site, name: str, parent: str) -> Rule | None:
        spelling = _spelling(name)
        plain = {spelling, spelling.replace("_", "")}
        inside = {f"{_spelling(parent).replace('_', '')}.{word}" for word in plain}
        for rule in self.rules:
            if rule.site is site and any(_finds(find, plain, inside) for find in rule.finds):
                return rule
        return None


def rule_for(site: Site, name: str, parent: str = "") -> Rule | None:
    """Return the first default rule for a header, key or parameter ``name`` within ``parent``."""
    return DEFAULT_POLICY.header(name) if site is Site.HEADER else DEFAULT_POLICY.key(name, parent)


def _finds(find: str, plain: set[str], inside: set[str]) -> bool:
    return any(fnmatchcase(word, find) for word in (inside if "." in find else plain))


DEFAULT_POLICY = Policy()
"""The default rules and nothing else."""
