"""Web Push (RFC 8030, 8188, 8291, 8292) with keys of our own: no account at anybody's, and the push service reads nothing.

A push service learns that some browser is told something, never what. The endpoint comes from a browser, so it is only
ever asked through the guarded client.
"""

import base64
import hashlib
import json
import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from accounts import outbound
from incidents.notify import tellings
from incidents.notify.models import Delivery, Device, Pace, PushKeys
from incidents.notify.postbox import Undelivered, Verdict

log = logging.getLogger("firebreak.notify")

KEPT_FOR = timedelta(hours=12)
"""How long a push service keeps it for a phone that is off."""
TOKEN_FOR = timedelta(hours=6)
GONE = (404, 410)
MOST_BYTES = 2_000
"""Services take 4,096 with what encryption adds."""

Message = dict[str, Any]


class Pusher:
    """Tells a person on all their devices; it is told when one of them took it."""

    def send(self, row: Delivery, rows: Sequence[Delivery]) -> None:
        devices = list(usable(row))
        if not devices:
            raise Undelivered(Verdict.NEVER, _("no device is switched on any more"))
        failures = [one for one in (self._tell(device, row) for device in devices) if one]
        if len(failures) < len(devices):
            return
        later = next((one for one in failures if one.verdict is Verdict.LATER), None)
        raise later or failures[0]

    def close(self) -> None:
        """Every request has its own connection."""

    def _tell(self, device: Device, row: Delivery) -> Undelivered | None:
        message = message_of(row, with_title=device.shows_titles)
        try:
            push(device, message, mark=row.message_id, is_urgent=row.pace == Pace.URGENT)
        except Undelivered as failure:
            return failure
        return None


def usable(row: Delivery) -> list[Device]:
    """The person's devices on which the session of that time was not ended; others are forgotten."""
    devices = list(Device.objects.filter(user=row.recipient_id).order_by("pk"))
    ended = [device.pk for device in devices if _is_ended(device, row.recipient)]
    if ended:
        Device.objects.filter(pk__in=ended).delete()
    return [device for device in devices if device.pk not in ended]


def message_of(row: Delivery, *, with_title: bool = False) -> Message:
    """What the device shows. A locked screen is read by whoever passes by: the ticket's number and what happened, no more."""
    reader = row.recipient
    with translation.override(reader.letter_language):
        telling = tellings.of(row, reader)
        title = f"{telling.ref}: {telling.title}" if with_title else telling.ref
        return _message(title, tellings.briefly(row, reader), telling.url, row.message_id)


def test_message(device: Device) -> Message:
    with translation.override(device.user.letter_language):
        words = _("This device shows what happens to your tickets.")
        return _message(settings.SITE_NAME, words, "/notifications/reach/", f"test{device.pk}")


def push(device: Device, message: Message, *, mark: str, is_urgent: bool = False) -> None:
    """Hand a message to the device's push service.

    Raises:
        Undelivered: with what the failure means; a device that is gone is forgotten.
    """
    from pywebpush import WebPusher, WebPushException  # type: ignore[import-untyped] # not in pages

    keys = {"p256dh": device.p256dh, "auth": device.auth}
    try:
        body = WebPusher({"endpoint": device.endpoint, "keys": keys}).encode(
            json.dumps(message).encode()
        )["body"]
    except (WebPushException, ValueError) as error:  # keys of which no secret can be made
        _forget(device)
        raise Undelivered(Verdict.NEVER, _("the device’s keys can’t be used")) from error  # fmt: skip
    headers = {
        "TTL": str(int(KEPT_FOR.total_seconds())),
        "Urgency": "high" if is_urgent else "normal",
        "Topic": topic_of(mark),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        **signature(device.endpoint),
    }
    try:
        answer = outbound.send(
            "POST", device.endpoint, body=body, headers=headers, inside=settings.PUSH_ALLOWED
        )
    except outbound.Forbidden as error:
        _forget(device)
        raise Undelivered(Verdict.NEVER, _not_taken(device, error.reason)) from error
    except outbound.Unreachable as error:
        raise Undelivered(Verdict.LATER, _not_taken(device, error.reason)) from error
    if answer.is_ok:
        Device.objects.filter(pk=device.pk).update(last_told_at=timezone.now(), last_error="")
        return
    if answer.status in GONE:
        _forget(device)
        raise Undelivered(Verdict.NEVER, _("the browser has ended it"))
    later = answer.status == 429 or answer.status >= 500
    raise Undelivered(
        Verdict.LATER if later else Verdict.NEVER, _not_taken(device, f"answers {answer.status}")
    )


def public_key() -> str:
    """What a browser is given when somebody switches it on. Makes our keys where there are none yet."""
    return keys().public


def keys() -> PushKeys:
    with transaction.atomic():
        found = PushKeys.objects.order_by("pk").first()
        if found is None:
            public, private = _made()
            found, _is_new = PushKeys.objects.get_or_create(
                pk=1, defaults={"public": public, "private": private}
            )
    return found


def signature(endpoint: str) -> dict[str, str]:
    """Who asks: our key, signed for this push service and for some hours (RFC 8292)."""
    from py_vapid import Vapid02  # type: ignore[import-untyped]

    where = urlsplit(endpoint)
    claims = {
        "aud": f"{where.scheme}://{where.netloc}",
        "exp": int(time.time() + TOKEN_FOR.total_seconds()),
        "sub": settings.SITE_URL if settings.HTTPS else f"mailto:help@{settings.SITE_HOST}",
    }
    signed: dict[str, str] = Vapid02.from_raw(keys().private.encode()).sign(claims)
    return signed


def mark_of(endpoint: str) -> str:
    """A browser is known by its endpoint, whoever uses it."""
    return hashlib.sha256(endpoint.encode()).hexdigest()


def topic_of(mark: str) -> str:
    """The same message sent again takes the place of the first, while that still waits for the device (RFC 8030, 5.4)."""
    digest = hashlib.sha256(mark.encode()).digest()
    return base64.urlsafe_b64encode(digest)[:32].decode()


def password_mark(user: Any) -> str:
    """Changes when the password does, or the server's secret."""
    return str(user.get_session_auth_hash())[:64]


def move_devices(former: str, session_key: str) -> None:
    """The same sign-in under another key, as after the server's secret changed."""
    Device.objects.filter(session_key=former).update(session_key=session_key)


def _message(title: str, body: str, url: str, mark: str) -> Message:
    short = body.encode()[:MOST_BYTES].decode("utf-8", "ignore")
    return {"title": title[:120], "body": short, "url": url, "tag": topic_of(mark)}


def _is_ended(device: Device, user: Any) -> bool:
    """Signed out, ended elsewhere, or another password since; a session that merely ran out ends no device."""
    former = [str(one)[:64] for one in user.get_session_auth_fallback_hash()]
    good = [password_mark(user), *former]
    if not any(constant_time_compare(device.password_mark, one) for one in good):
        return True
    is_there = Session.objects.filter(session_key=device.session_key).exists()
    return not is_there and timezone.now() < device.signed_in_until


def _forget(device: Device) -> None:
    Device.objects.filter(pk=device.pk).delete()


def _not_taken(device: Device, why: str) -> str:
    """What people read, always the same: they name the address, and learn nothing of what answers there or doesn't."""
    log.warning("device %s: the push service did not take it: %s", device.pk, why)
    said = _("the push service did not take it")
    Device.objects.filter(pk=device.pk).update(last_error=said)
    return said


def _made() -> tuple[str, str]:
    """A new pair, as RFC 8292 writes it: an uncompressed point and a number, both in base64 for addresses."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    number = key.private_numbers().private_value.to_bytes(32, "big")
    return _text(point), _text(number)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
