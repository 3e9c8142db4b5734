"""Sweeping up what nobody needs: in small portions, so that no statement holds others up."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.utils import timezone

from accounts.stored import StoredFile
from incidents.notify import acknowledging
from incidents.notify.actions.returned import forget_returned
from incidents.notify.correspondence import Acknowledgement
from incidents.notify.models import Delivery
from incidents.tickets.models import Attachment, Draft, IdempotencyKey
from knowledge.models import ArticleFile

PORTION = 1000
KEPT: tuple[type[StoredFile], ...] = (Attachment, ArticleFile)
ORPHAN_AFTER = timedelta(hours=1)
KEY_KEPT = timedelta(hours=48)
DRAFT_KEPT = timedelta(days=30)
SESSION_KEPT = timedelta(days=1)
OCCASION_KEPT = timedelta(days=90)


def everything() -> None:
    now = timezone.now()
    orphan_files(now - ORPHAN_AFTER)
    remove(IdempotencyKey.objects.filter(created_at__lt=now - KEY_KEPT))
    remove(Acknowledgement.objects.filter(created_at__lt=now - acknowledging.KEPT))
    remove(Delivery.objects.of_old_occasions(now - OCCASION_KEPT), by="tried_since")
    forget_returned(at=now)
    remove(Draft.objects.filter(saved_at__lt=now - DRAFT_KEPT))
    remove(Session.objects.filter(expire_date__lt=now))
    # A list of sessions that people see; one is written a moment before its session, so young ones stay.
    ended = UserSession.objects.exclude(session_key__in=Session.objects.values("session_key"))
    remove(ended.filter(created_at__lt=now - SESSION_KEPT))


def remove(rows: QuerySet[Any], *, by: str = "pk") -> int:
    """Delete these rows, a portion at a time, in the order of the index that finds them."""
    gone = 0
    while keys := list(rows.order_by(by).values_list("pk", flat=True)[:PORTION]):
        gone += rows.model._default_manager.filter(pk__in=keys).delete()[0]
    return gone


def orphan_files(before: datetime) -> int:
    """Delete files that no row names: those of transactions that never committed, and of articles that were deleted."""
    return sum(_orphans(model, before) for model in KEPT)


def _orphans(model: type[StoredFile], before: datetime) -> int:
    gone = 0
    for folder, names in _folders(model.FOLDER):
        # one walk of the table a folder
        rows = model._default_manager.filter(file__startswith=f"{folder}/")
        kept = set(rows.values_list("file", flat=True))
        for name in sorted(names - kept):
            if default_storage.get_modified_time(name) < before:
                default_storage.delete(name)
                gone += 1
    return gone


def _folders(top: str) -> Iterator[tuple[str, set[str]]]:
    """The folders that files lie in, see `accounts.stored.storage_key`, and the names in each."""
    try:
        folders, _files = default_storage.listdir(top)
    except FileNotFoundError:  # nobody has sent such a file yet
        return
    for inner in folders:
        _none, files = default_storage.listdir(f"{top}/{inner}")
        yield f"{top}/{inner}", {f"{top}/{inner}/{file}" for file in files}
