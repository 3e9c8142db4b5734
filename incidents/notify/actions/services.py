"""Services that an administrator set up: whether they work."""

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.outbound import is_outgoing_on
from incidents.notify import chats, trials
from incidents.notify.models import Channel, ChatService
from incidents.notify.postbox import Undelivered


def run_test(service: int, to: str, *, by: int | None) -> None:
    """Send a test from the worker, and keep how it went for whoever waits for it."""
    found = ChatService.objects.filter(pk=service).first()
    if found is None:
        return
    error = _try(found, to)
    ChatService.objects.filter(pk=found.pk).update(tested_at=timezone.now(), test_error=error[:300])
    if person := User.objects.filter(pk=by).first() if by else None:
        trials.record(Channel.CHAT, found.name, by=person, error=error)


def _try(service: ChatService, to: str) -> str:
    """What went wrong, if anything."""
    if not is_outgoing_on():
        return _("nothing leaves this portal at present, since OUTGOING is off")
    try:
        chats.send_test(service, to)
    except Undelivered as failure:
        return failure.reason
    return ""
