"""How open pages learn of a ringing bell on SQLite, which can't tell them itself: new rows of the outbox."""

from django.db.models import Max

from incidents.live.topics import Wake, now
from incidents.notify.models import Channel, Delivery


def new_bells(last_seen: int | None) -> tuple[int, list[Wake]]:
    """The highest key of the outbox, and a wake for everybody whose bell rang since `last_seen`."""
    newest = Delivery.objects.aggregate(newest=Max("pk"))["newest"] or 0
    if last_seen is None or newest <= last_seen:
        return newest, []
    fresh = Delivery.objects.filter(pk__gt=last_seen, pk__lte=newest, channel=Channel.BELL)
    people = set(fresh.values_list("recipient_id", flat=True))
    moment = now()
    return newest, [Wake(f"bell:{person}", moment) for person in sorted(people)]
