"""A new secret. For a day both sign, so that the receiver can change over without losing a message."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts.actions.record import record_changed, snapshot
from accounts.models import User
from accounts.sealed import Unreadable
from incidents.webhooks import signing
from incidents.webhooks.models import Endpoint
from incidents.webhooks.policies import require_manager

OVERLAP = timedelta(hours=24)


@transaction.atomic
def rotate_secret(endpoint: Endpoint, *, by: User, at: datetime) -> Endpoint:
    """Give the endpoint a new secret; the present one signs for another day, one before it no more.

    Raises:
        NotAllowed: `by` may not set up channels.
    """
    require_manager(by)
    endpoint = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
    before = snapshot(endpoint)
    try:
        endpoint.former_secret, endpoint.former_until = endpoint.secret, at + OVERLAP
    except Unreadable:  # sealed with another SECRET_KEY: it signs no more
        endpoint.former_secret, endpoint.former_until = "", None
    endpoint.secret, endpoint.secret_made_at = signing.new_secret(), at
    endpoint.save(update_fields=["secret", "secret_made_at", "former_secret", "former_until"])
    record_changed(endpoint, by=by, before=before)
    return endpoint
