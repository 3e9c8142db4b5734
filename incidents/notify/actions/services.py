"""Services that an administrator set up: whether they work."""

from django.utils import timezone

from incidents.notify import chats
from incidents.notify.models import ChatService
from incidents.notify.postbox import Undelivered


def run_test(service: int, to: str = "") -> None:
    """Send a test from the worker, and keep how it went for whoever waits for it."""
    found = ChatService.objects.filter(pk=service).first()
    if found is None:
        return
    error = ""
    try:
        chats.send_test(found, to)
    except Undelivered as failure:
        error = failure.reason
    ChatService.objects.filter(pk=found.pk).update(tested_at=timezone.now(), test_error=error[:300])
