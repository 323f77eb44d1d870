"""The arguments of MAIL and RCPT, read by a strict small parser.

aiosmtpd's own parser is made for header fields: it decodes RFC 2047 words, drops comments and costs 60 us. Here an
address is either plain (`core.address.is_plain`) and taken as it stands, or refused (promise 6).
"""

import re
from dataclasses import dataclass

from mailguard.core.address import is_plain
from mailguard.core.errors import OddAddress, RefusedMessage

_PATH = re.compile(r" ?(?:<(?P<path>[^<>]*)>|(?P<bare>[^<> ]+))(?P<parameters>(?: +[^ ]+)*) *")
"""A path in angle brackets. Without them too, since old clients do so and a plain address leaves no doubt."""
_PARAMETER = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9-]*)(?:=(?P<value>[\x21-\x3c\x3e-\x7e]+))?")
_XTEXT = r"(?:[\x21-\x2a\x2c-\x3c\x3e-\x7e]|\+[0-9A-F]{2})"
_MAIL_DSN = {"RET": re.compile("FULL|HDRS", re.IGNORECASE), "ENVID": re.compile(_XTEXT + "{1,100}")}
_RCPT_DSN = {
    "NOTIFY": re.compile("NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY)){0,2}", re.IGNORECASE),
    "ORCPT": re.compile("[A-Za-z0-9-]{1,20};" + _XTEXT + "{1,500}"),
}
"""Parameters of RFC 3461, sections 4.1 to 4.4."""
_SIZE = re.compile(r"[0-9]{1,20}")


class BadSyntax(RefusedMessage):
    """A command that cannot be read."""

    smtp_code = 501
    enhanced_code = "5.5.4"
    smtp_text = "syntax error in the command's arguments"


class UnknownParameter(RefusedMessage):
    """A MAIL or RCPT parameter that EHLO did not offer (RFC 5321, section 4.1.1.11)."""

    smtp_code = 555
    enhanced_code = "5.5.4"
    smtp_text = "parameter not recognized"


class NeedsSmtputf8(RefusedMessage):
    """An internationalised address in a transaction that was not announced as such (RFC 6531, section 3.5)."""

    smtp_code = 553
    enhanced_code = "5.6.7"
    smtp_text = "an address that is not ASCII needs the SMTPUTF8 parameter"


@dataclass(frozen=True, slots=True)
class MailCommand:
    """`MAIL FROM` as it was meant."""

    reverse_path: str
    size: int | None = None
    """Octets declared (RFC 1870)."""
    body_8bit: bool = False
    smtputf8: bool = False
    dsn: str = ""
    """`RET` and `ENVID` as they came."""


@dataclass(frozen=True, slots=True)
class RcptCommand:
    """`RCPT TO` as it was meant."""

    address: str
    dsn: str = ""
    """`NOTIFY` and `ORCPT` as they came."""


def parse_mail(argument: str | None, *, dsn: bool = False) -> MailCommand:
    """Read what follows `MAIL `. Raises BadSyntax, UnknownParameter, OddAddress or NeedsSmtputf8.

    `dsn`: delivery status notifications were offered.
    """
    path, parameters = _split("FROM:", argument)
    size = None
    body_8bit = smtputf8 = False
    notifying = _dsn(parameters, _MAIL_DSN) if dsn else ""
    for name, value in parameters.items():
        match name, value:
            case "SIZE", str() if _SIZE.fullmatch(value):
                size = int(value)
            case "BODY", str() if value.upper() in ("7BIT", "8BITMIME"):
                body_8bit = value.upper() == "8BITMIME"
            case "SMTPUTF8", None:
                smtputf8 = True
            case "AUTH", str():
                # Whom the client says to speak for; not believed, so not handed on (RFC 4954, section 5).
                pass
            case "SIZE" | "BODY" | "SMTPUTF8" | "AUTH", _:
                raise BadSyntax
            case _:
                raise UnknownParameter
    return MailCommand(_plain(path, smtputf8) if path else "", size, body_8bit, smtputf8, notifying)


def parse_rcpt(argument: str | None, *, smtputf8: bool, dsn: bool = False) -> RcptCommand:
    """Read what follows `RCPT `. Raises BadSyntax, UnknownParameter, OddAddress or NeedsSmtputf8."""
    path, parameters = _split("TO:", argument)
    notifying = _dsn(parameters, _RCPT_DSN) if dsn else ""
    if parameters:
        raise UnknownParameter
    if not path:
        raise BadSyntax
    return RcptCommand(_plain(path, smtputf8), notifying)


def _dsn(parameters: dict[str, str | None], known: dict[str, re.Pattern[str]]) -> str:
    """Take the parameters of RFC 3461 out, as they go on to the next hop."""
    taken: list[str] = []
    for name, form in known.items():
        if name in parameters:
            value = parameters.pop(name)
            if value is None or not form.fullmatch(value):
                raise BadSyntax
            taken.append(f"{name}={value}")
    return " ".join(taken)


def _split(keyword: str, argument: str | None) -> tuple[str, dict[str, str | None]]:
    if argument is None or argument[: len(keyword)].upper() != keyword:
        raise BadSyntax
    found = _PATH.fullmatch(argument, len(keyword))
    if found is None:
        # With the keyword right, what is wrong is the address: quoted, routed, with a comment, two of them.
        raise OddAddress
    parameters: dict[str, str | None] = {}
    for word in found["parameters"].split():
        parameter = _PARAMETER.fullmatch(word)
        if parameter is None or (name := parameter["name"].upper()) in parameters:
            raise BadSyntax
        parameters[name] = parameter["value"]
    return found["path"] if found["path"] is not None else found["bare"], parameters


def _plain(address: str, smtputf8: bool) -> str:
    try:
        address.encode("utf-8")
    except UnicodeEncodeError:
        # Octets that are no UTF-8: there is no address that these could be.
        raise OddAddress from None
    if not is_plain(address):
        raise OddAddress
    if not smtputf8 and not address.isascii():
        raise NeedsSmtputf8
    return address
