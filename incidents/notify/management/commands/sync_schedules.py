"""`manage.py sync_schedules`: make the queue's schedules what `config.schedules` lists."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import Schedule


class Command(BaseCommand):
    help = "Make the queue's schedules what config/schedules.py lists; others are removed."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        planned = import_string(settings.SCHEDULES)
        names = [plan.name for plan in planned]
        Schedule.objects.exclude(name__in=names).exclude(schedule_type=Schedule.ONCE).delete()
        for plan in planned:
            kind = Schedule.DAILY if plan.daily_at else Schedule.MINUTES
            what = {"func": plan.job, "schedule_type": kind, "minutes": plan.minutes or None, "repeats": -1}  # fmt: skip
            first = {"next_run": _first_run(plan.daily_at, timezone.now())}
            Schedule.objects.update_or_create(
                name=plan.name, defaults=what, create_defaults=what | first
            )
        self.stdout.write(f"{len(planned)} schedules")


def _first_run(daily_at: Any, now: datetime) -> datetime:
    if daily_at is None:
        return now
    today = now.replace(hour=daily_at.hour, minute=daily_at.minute, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)
