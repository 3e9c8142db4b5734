"""Sending a test while somebody waits for what comes back."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import outbound
from accounts.errors import Refused
from accounts.limits import require_seldom
from accounts.models import User
from incidents.webhooks import worker
from incidents.webhooks.models import Endpoint, Post, State
from incidents.webhooks.policies import require_manager

MOST = 10
A_MINUTE = 60


def try_out(endpoint: Endpoint, *, by: User) -> worker.Outcome:
    """Send a message of the type `webhook.test`, signed like any other, and say how it went. It counts for nothing else.

    Raises:
        NotAllowed: `by` may not set up channels.
        TooOften: again and again.
        Refused: nothing leaves this install, or the secret can't be read here.
    """
    require_manager(by)
    if not outbound.is_outgoing_on():
        raise Refused(_("Nothing is sent from here: the setting OUTGOING is off."))
    require_seldom(
        "webhook-test", by.pk, most=MOST, seconds=A_MINUTE,
        message=_("You sent several tests just now. Wait a minute."),
    )  # fmt: skip
    now = timezone.now()
    endpoint.secrets_at(now)  # refuses before there is anything to send
    post = Post.objects.create(
        endpoint=endpoint, state=State.SENDING, attempts=1, leased_until=now + timedelta(minutes=2)
    )
    return worker.deliver(post)
