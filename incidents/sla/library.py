"""Holidays of a country are told for ten years ahead; every year one more is added."""

from datetime import date

from django.db import transaction

from incidents.sla import countries, rules
from incidents.sla.models import Holiday, HolidaySet


def years(today: date) -> range:
    return range(today.year - 1, today.year + countries.YEARS_AHEAD + 1)


@transaction.atomic
def extend(today: date) -> int:
    """Add the years that are missing; how many sets had some."""
    last = years(today)[-1]
    behind = HolidaySet.objects.filter(source=HolidaySet.Source.LIBRARY, known_until__lt=last)
    sets = list(behind.select_for_update())
    for one in sets:
        missing = range((one.known_until or today.year) + 1, last + 1)
        found = countries.days(one.country, one.subdivision, missing)
        Holiday.objects.bulk_create(
            [Holiday(set=one, day=day, name=name) for day, name in found.items()],
            ignore_conflicts=True,
        )
        one.known_until = last
        one.save(update_fields=["known_until"])
    if sets:
        rules.changed()
    return len(sets)
