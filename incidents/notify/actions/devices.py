"""A person's devices: switched on where they press the button, off here or there."""

import base64
import binascii
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import outbound
from accounts.errors import InvalidInput, Refused
from accounts.models import User
from incidents.notify import pushes
from incidents.notify.models import Device

POINT, SECRET = 65, 16
"""Bytes of what a browser gives, see RFC 8291."""
LONGEST_ENDPOINT = 1_000


@transaction.atomic
def add_device(
    *, by: User, endpoint: str, p256dh: str, auth: str, name: str, session_key: str, until: datetime
) -> Device:
    """Tell `by` on this browser from now on. Whoever was told there before is no more.

    Raises:
        InvalidInput: that is no push service's address, or these are no keys.
        Refused: `by` has as many devices as there can be.
    """
    _check_endpoint(endpoint)
    if len(_bytes(p256dh)) != POINT or _bytes(p256dh)[:1] != b"\x04" or len(_bytes(auth)) != SECRET:
        raise InvalidInput(_("The browser gave keys that can’t be used. Try again."))
    mark = pushes.mark_of(endpoint)
    others = Device.objects.filter(user=by).exclude(mark=mark)
    if others.count() >= Device.MOST:
        raise Refused(
            _("You have %(n)d devices, and there can’t be more. Remove one first.")
            % {"n": Device.MOST}
        )
    device, _is_new = Device.objects.update_or_create(
        mark=mark,
        defaults={
            "user": by, "name": name[:80], "endpoint": endpoint, "p256dh": p256dh, "auth": auth,
            "session_key": session_key, "signed_in_until": until, "password_mark": pushes.password_mark(by),
            "shows_titles": False, "last_error": "",
        },
    )  # fmt: skip
    return device


def remove_device(device: Device, *, by: User) -> None:
    """Tell nobody there any more."""
    Device.objects.filter(pk=device.pk, user=by).delete()


def show_titles(device: Device, *, by: User, shown: bool) -> None:
    """Whether what a ticket is called stands on the screen, also while it is locked."""
    Device.objects.filter(pk=device.pk, user=by).update(shows_titles=shown)


def _check_endpoint(endpoint: str) -> None:
    wrong = InvalidInput(_("That is no address of a push service."))
    if len(endpoint) > LONGEST_ENDPOINT:
        raise wrong
    if settings.HTTPS and not endpoint.startswith("https://"):
        raise wrong
    try:
        outbound.check_url(endpoint, inside=settings.PUSH_ALLOWED)
    except outbound.Forbidden as error:
        raise wrong from error


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
