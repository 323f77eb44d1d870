"""Which header fields are told to the detectors: what a person wrote, not what machines note for machines."""

import re
from collections.abc import Iterator
from functools import lru_cache

from mailguard.message.headers import HeaderSection, decode_value
from mailguard.message.normalise import normalise

_FOR_MACHINES = frozenset(
    "received return-path delivered-to date message-id references in-reply-to mime-version content-type "
    "content-transfer-encoding content-disposition content-id content-location content-language content-length "
    "content-md5 content-class content-features dkim-signature domainkey-signature authentication-results "
    "received-spf errors-to precedence auto-submitted importance priority sensitivity lines status x-status x-uid "
    "x-uidl x-keywords user-agent x-mailer x-mimeole x-originating-ip x-priority x-msmail-priority thread-index "
    "autocrypt openpgp feedback-id require-recipient-valid-since return-receipt-to disposition-notification-to "
    "original-recipient accept-language envelope-to x-envelope-to x-envelope-from x-original-to "
    "x-auto-response-suppress x-has-attach x-tnef-correlator x-ms-has-attach x-ms-tnef-correlator x-face face "
    "x-universally-unique-identifier x-uniform-type-identifier mime-autoconverted archived-at resent-date "
    "resent-message-id boundary charset arrival-date reporting-mta final-recipient action remote-mta "
    "diagnostic-code last-attempt-date".split()
)
_MACHINE_PREFIX = re.compile(
    r"arc-|list-|x-ms-|x-microsoft|x-exchange|x-google|x-gm-|x-spam|x-virus|x-amavis|x-proofpoint|"
    r"x-barracuda|x-mimecast|x-forefront|x-sg-|x-ses-|x-mailgun|x-mailguard|x-mc-|x-mandrill|x-received|"
    r"x-dkim|x-authentic|x-antiabuse|x-source|x-apple|x-mozilla|x-account-key|x-evolution|x-mailman|"
    r"x-beenthere|x-topics|x-yahoo|x-ymail|x-csa|x-report-abuse|x-feedback|x-cmae|x-hes|x-ironport|"
    r"x-sophos|x-tm-|x-rspamd|x-gitlab-|x-github-"
)
_OF_CONTENT = frozenset({"content-type", "content-transfer-encoding", "content-disposition", "content-id"})
_KNOWN = frozenset(
    "from sender reply-to to cc bcc subject comments keywords organization organisation mail-reply-to mail-followup-to "
    "followup-to newsgroups approved summary resent-from resent-sender resent-to resent-cc resent-bcc resent-reply-to "
    "content-description apparently-to x-sender x-to x-cc x-bcc x-subject x-organization".split()
)
"""Fields whose names may stand in paths: of RFC 5322, 5536 and 2045, and what programs write beside them."""
_OTHER = "other"


def name_in_path(name: str) -> str:
    """What a path says of a field, given its lower-case name.

    Paths are stored, shown and logged, and a field may be called `x-password-kesa77`: only known names go into them.
    """
    return name if name in _KNOWN else _OTHER


def decode_fields(section: HeaderSection) -> tuple[tuple[str, str], ...]:
    """Every field as `(name, text)`: encoded words decoded, one line, normalised."""
    if section.is_plain:
        return tuple([(name, value.decode("ascii")) for name, value in section.fields])
    return tuple([(name, normalise(decode_value(value))) for name, value in section.fields])


def is_only_about_content(section: HeaderSection) -> bool:
    """Whether a body part's header has none but the four usual Content fields."""
    return section.by_name.keys() <= _OF_CONTENT


def told_fields(fields: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, str]]:
    """The fields that people write or read, as `(lower-case name, text)`."""
    for name, text in fields:
        if text and (lowered := _told_name(name)):
            yield lowered, text


@lru_cache(maxsize=1024)
def _told_name(name: str) -> str:
    """The name in lower case; empty for a field of machines."""
    lowered = name.lower()
    return "" if lowered in _FOR_MACHINES or _MACHINE_PREFIX.match(lowered) else lowered
