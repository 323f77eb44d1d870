"""The two ceremonies of passkeys (WebAuthn level 2, section 7): what a browser is asked, and if it answers rightly.

The challenge goes out within a sealed ticket and comes back with the answer; it is good for one answer, and only from
the browser that it was made for. The person is verified by the device: a passkey alone is two factors.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from mailguard.core.person import Person
from mailguard.desk.desk import Desk
from mailguard.desk.login.tickets import open_ticket, seal_ticket
from mailguard.desk.visitor import same_token
from mailguard.store.people.challenges import spend_challenge
from mailguard.store.people.passkeys import find_passkey, list_passkeys, refuse_passkey, use_passkey

LASTS = timedelta(hours=1)
"""How long a page with a challenge may stay open; the device is asked only when its owner presses the button."""
_LONGEST_ANSWER = 20_000
_ASK, _MAKE = "passkey", "new passkey"


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What a form needs to ask the browser for a passkey."""

    options: str
    """JSON, as the script gives it to `navigator.credentials`."""
    ticket: str


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """The public half that a device has made."""

    credential_id: bytes
    public_key: bytes
    count: int


def rp_id(desk: Desk) -> str | None:
    """The host that passkeys belong to; None where it has no name, for which no browser makes one."""
    host = (urlsplit(desk.settings.desk.public_url).hostname or "").lower()
    try:
        ip_address(host)
    except ValueError:
        return host if desk.https or host == "localhost" or host.endswith(".localhost") else None
    return None


def ask_passkey(desk: Desk, browser: str, person: Person | None = None) -> Ceremony | None:
    """Ask for one of the person's passkeys, or (None) for whatever passkey the device has for us.

    `browser` is a token that only this browser has. None where there can be no passkeys.
    """
    host = rp_id(desk)
    if host is None:
        return None
    known = list_passkeys(desk.store, person) if person else []
    challenge = secrets.token_bytes(32)
    options = generate_authentication_options(
        rp_id=host,
        challenge=challenge,
        allow_credentials=[PublicKeyCredentialDescriptor(id=one.credential_id) for one in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return Ceremony(options_to_json(options), _ticket(desk, _ASK, challenge, browser))


def check_passkey(
    desk: Desk, answer: str, ticket: str, browser: str, act: str, of: Person | None = None
) -> Person | None:
    """Whose passkey it is, when the answer is right; it is used now, and `act` stands in the audit trail.

    With `of` only a passkey of that person is taken.
    """
    challenge, host = _challenge(desk, _ASK, ticket, browser), rp_id(desk)
    if challenge is None or host is None or len(answer) > _LONGEST_ANSWER:
        refuse_passkey(desk.store, of)
        return None
    person = of
    try:
        credential = parse_authentication_credential_json(answer)
        found = find_passkey(desk.store, credential.raw_id)
        if found is not None and (of is None or found[1].user_id == of.user_id):
            passkey, person = found
            right = verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=host,
                expected_origin=desk.origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
            handle = credential.response.user_handle
            whole = handle is None or handle == _handle(person)
            if (
                whole
                and spend_challenge(desk.store, bytes_to_base64url(challenge), LASTS)
                and use_passkey(desk.store, passkey, person, count=right.new_sign_count, act=act)
            ):
                return person
    except (WebAuthnException, ValueError):
        # Also a count that went back: a copy of the passkey is about.
        pass
    refuse_passkey(desk.store, person)
    return None


def ask_new_passkey(desk: Desk, browser: str, person: Person) -> Ceremony | None:
    """Ask the device to make a passkey for the person, other than those it made before."""
    host = rp_id(desk)
    if host is None:
        return None
    challenge = secrets.token_bytes(32)
    options = generate_registration_options(
        rp_id=host,
        rp_name="mailguard",
        user_id=_handle(person),
        user_name=person.name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=one.credential_id) for one in list_passkeys(desk.store, person)
        ],
    )
    return Ceremony(options_to_json(options), _ticket(desk, _MAKE, challenge, browser, person))


def check_new_passkey(desk: Desk, answer: str, ticket: str, browser: str, person: Person) -> NewPasskey | None:
    """The new passkey, when the answer is right and to our question to this person."""
    challenge, host = _challenge(desk, _MAKE, ticket, browser, person), rp_id(desk)
    if challenge is None or host is None or len(answer) > _LONGEST_ANSWER:
        return None
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=host,
            expected_origin=desk.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError):
        return None
    if not spend_challenge(desk.store, bytes_to_base64url(challenge), LASTS):
        return None
    return NewPasskey(made.credential_id, made.credential_public_key, made.sign_count)


def _ticket(desk: Desk, kind: str, challenge: bytes, browser: str, person: Person | None = None) -> str:
    values = {"challenge": bytes_to_base64url(challenge), "browser": browser}
    return seal_ticket(desk, kind, values | {"user": person.user_id if person else None})


def _challenge(desk: Desk, kind: str, ticket: str, browser: str, person: Person | None = None) -> bytes | None:
    values: dict[str, Any] | None = open_ticket(desk, kind, ticket, LASTS)
    if values is None or not same_token(browser, values["browser"]):
        return None
    if values["user"] != (person.user_id if person else None):
        return None
    return base64url_to_bytes(values["challenge"])


def _handle(person: Person) -> bytes:
    """Who the passkey is for, without a word about them (WebAuthn level 2, section 14.6.1)."""
    return person.user_id.to_bytes(8, "big")
