"""Sending again what could not be delivered, or was and got lost on the other side. The id stays."""

from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext as _

from accounts.actions.record import record_changed
from accounts.errors import Refused
from accounts.models import User
from incidents.webhooks import outbox
from incidents.webhooks.models import Endpoint, Post, State
from incidents.webhooks.policies import require_manager


@transaction.atomic
def replay(post: Post, *, by: User, at: datetime) -> Post:
    """Send one message again, from its first try on.

    Raises:
        NotAllowed: `by` may not set up channels.
        Refused: it is under way, or the webhook is switched off.
    """
    require_manager(by)
    post = Post.objects.select_for_update(of=("self",)).get(pk=post.pk)
    _require_in_use(post.endpoint)
    if not post.is_settled or post.event is None:
        raise Refused(_("This message is still under way."))
    _again(Post.objects.filter(pk=post.pk), at)
    record_changed(post.endpoint, by=by, before={}, after={"sent_again": post.uid})
    outbox.nudge_after_commit()
    return post


@transaction.atomic
def replay_failed(endpoint: Endpoint, *, since: datetime, by: User, at: datetime) -> int:
    """Send again all that failed of what happened since then; how many.

    Raises:
        NotAllowed: `by` may not set up channels.
        Refused: the webhook is switched off.
    """
    require_manager(by)
    endpoint = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
    _require_in_use(endpoint)
    failed = endpoint.posts.filter(state=State.FAILED, event__isnull=False, made_at__gte=since)
    count = _again(failed, at)
    if count:
        after = {"sent_again": count, "since": since.isoformat()}
        record_changed(endpoint, by=by, before={}, after=after)
        outbox.nudge_after_commit()
    return count


def _again(posts: "models.QuerySet[Post]", at: datetime) -> int:
    return posts.update(
        state=State.WAITING, since=at, due_at=at, attempts=0, delivered_at=None, last_error=""
    )


def _require_in_use(endpoint: Endpoint) -> None:
    if not endpoint.is_active:
        raise Refused(_("This webhook is switched off. Switch it on first."))
