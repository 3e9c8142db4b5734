"""Who has the problem, as an agent needs to know them: where they are, what time it is there, what else they reported."""

from datetime import datetime
from functools import cached_property

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language_info

from accounts import formats, phones
from accounts.models import User
from accounts.templatetags.firebreak import avatar
from incidents.desk.looks import CardLook
from incidents.tickets.models import COUNT_CAP, Ticket, TicketQuerySet

MOST_OTHERS = 5


class Card:
    """A person as one agent sees them. `apart_from` is the ticket in front of which one sits."""

    def __init__(
        self,
        person: User,
        user: User,
        *,
        apart_from: Ticket | None = None,
        tells_contact: bool = True,
    ) -> None:
        self.tells_contact = tells_contact
        self.person = person
        self.user = user
        self.apart_from = apart_from

    @cached_property
    def look(self) -> CardLook:
        words = self.words
        return CardLook(
            has_department=bool(words["department"]),
            has_phone=bool(words["phone"]),
            has_phone_link=bool(words["phone_link"]),
            tells_contact=self.tells_contact,
            mail_comes_back=self.person.mail_returned_at is not None,
            has_location=bool(words["location"]),
            has_local_time=bool(words["clock"]),
            has_language=bool(words["language"]),
        )

    @cached_property
    def words(self) -> dict[str, str]:
        person = self.person
        phone = person.phone if self.tells_contact else ""
        return {
            "face": avatar(person, "md"),
            "name": person.display_name,
            "department": person.department.name if person.department else "",
            "phone": phone,
            "phone_link": phones.link(phone) if phone else "",
            "email": person.email if self.tells_contact else "",
            "location": person.location,
            "clock": self.local_clock,
            "place": self.place,
            "language": self.language,
        }

    @property
    def language(self) -> str:
        """In its own name, where the person chose one that is not the house's."""
        code = self.person.language
        if not code or code == settings.LANGUAGE_CODE:
            return ""
        return str(get_language_info(code)["name_local"])

    @property
    def local_time(self) -> datetime | None:
        """What time it is there, where that is not the agent's."""
        now = timezone.now()
        there, here = now.astimezone(self.person.zone), now.astimezone(self.user.zone)
        return there if there.utcoffset() != here.utcoffset() else None

    @property
    def local_clock(self) -> str:
        return formats.clock(self.local_time) if self.local_time else ""

    @property
    def place(self) -> str:
        """The zone's city, as people say it."""
        return self.person.zone.key.rpartition("/")[2].replace("_", " ")

    # What else they reported -------------------------------------------------------------------------------

    @cached_property
    def others(self) -> list[Ticket]:
        """Their other tickets that this reader may see: open ones first, then the latest."""
        return list(self._others.order_by("-is_open", "-pk")[:MOST_OTHERS])

    @cached_property
    def open_tickets(self) -> list[Ticket]:
        """What is still to be done for them, the latest first."""
        return list(self._others.open().order_by("-pk")[:MOST_OTHERS])

    @cached_property
    def open_count(self) -> str:
        return _counted(self._others.open())

    @cached_property
    def all_count(self) -> str:
        return _counted(self._others)

    @property
    def all_url(self) -> str:
        """All tickets of this person, as a list."""
        return f"{reverse('desk:all')}?requester={self.person.pk}"

    @property
    def _others(self) -> TicketQuerySet:
        found = Ticket.objects.seen_as_staff_by(self.user).filter(requester=self.person.pk)
        return found.exclude(pk=self.apart_from.pk) if self.apart_from else found


def _counted(tickets: QuerySet[Ticket]) -> str:
    return formats.capped(tickets.order_by()[: COUNT_CAP + 1].count(), COUNT_CAP)
