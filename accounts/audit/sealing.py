"""The seal: entries that were committed get their number and the hash that chains them to the one before."""

from django.db import models, transaction

from accounts.models import AuditEntry, AuditHead

AT_ONCE = 500


def seal() -> int:
    """Chain what is not chained yet, oldest first; how many that were. Whoever comes second finds nothing to do."""
    sealed = 0
    while AuditEntry.objects.filter(number=None).exists():
        some = _seal_some()
        sealed += some
        if some < AT_ONCE:
            break
    return sealed


@transaction.atomic
def _seal_some() -> int:
    head = locked_head()
    waiting = list(AuditEntry.objects.filter(number=None).order_by("pk")[:AT_ONCE])
    for entry in waiting:
        entry.number = head.number + 1
        entry.hash = entry.sealed(head.hash)
        head.number, head.hash = entry.number, entry.hash
    past_the_guard(AuditEntry).bulk_update(waiting, ["number", "hash"])
    head.save()
    return len(waiting)


def locked_head() -> AuditHead:
    """The head, held until the transaction ends."""
    AuditHead.objects.get_or_create(pk=1)
    return AuditHead.objects.select_for_update().get(pk=1)


def past_the_guard(model: type[models.Model]) -> "models.QuerySet[models.Model]":
    """Rows of an append-only table for the few who may change them: the seal, erasure and retention."""
    return models.QuerySet(model)
