"""Make a person anonymous for good: the account at once, everything else portion by portion.

What happened, when, how often and how it was rated stays; who it was is nobody's any more. Each portion is a
transaction of its own that also keeps how far it came, so whatever happens to a process, the next goes on there.
"""

import time
from collections.abc import Callable, Collection

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_q.tasks import async_task

from accounts import audit
from accounts.actions import rights
from accounts.actions.record import record_removed
from accounts.audit.blanking import Traces, blank_changes, blank_entries, traces_of
from accounts.errors import InvalidInput, Refused, require
from accounts.models import ERASED_DOMAIN, User
from accounts.permissions import Permission
from accounts.sessions import end_all
from incidents.mail import forgetting
from incidents.privacy import belongings
from incidents.privacy.models import Erasure
from incidents.tickets import actions as tickets
from incidents.tickets import search
from incidents.tickets.models import Event, Message, Ticket

LONGEST = 45
"""Seconds of one job; then the rest is another one's."""
STRETCH = 20_000
"""Keys of a long table that are looked through at once: no index leads from people to what they wrote."""
AT_ONCE = 100
Stage = Erasure.Stage


@transaction.atomic
def erase(person: User, *, by: User, reason: str, with_words: bool = False) -> Erasure:
    """Make the account anonymous and end its access now; the rest follows by the queue.

    With `with_words` what they wrote on tickets and the files they sent go, too. Erasing again changes nothing, unless
    the words were left the first time and are to go now.

    Raises:
        NotAllowed: `by` may not erase people.
        InvalidInput: without a reason.
        Refused: it is oneself or the desk, or somebody still has open tickets.
        LastAdministrator: nobody would be left to manage roles.
    """
    rights.lock_rights()
    require(by.permits.anywhere(Permission.PEOPLE_ERASE), _("You may not erase people."))
    person = User.objects.select_for_update().get(pk=person.pk)
    if person == by or person.is_system:
        raise Refused(_("You can't erase yourself. Ask another administrator."))
    if not reason.strip():
        raise InvalidInput(_("Say why, for the record."), field="reason")
    _refuse_with_open_work(person)
    before = person.erasures.order_by("-pk").first()
    if before and (before.with_words or not with_words):
        return before

    erasure = Erasure(
        person=person, by=by, reason=reason.strip()[:200], with_words=with_words, begun_at=timezone.now()
    )  # fmt: skip
    erasure.traces = {"words": before.traces.get("words", []) if before else traces_of(person)}
    managed_roles = person.permits.anywhere(Permission.ROLES_MANAGE)
    _make_anonymous(person, by)
    if managed_roles:
        rights.require_somebody_manages_roles()
    erasure.save()
    audit.note(audit.Kind.ERASED, by=by, about=person, reason=erasure.reason, with_words=with_words)
    transaction.on_commit(lambda: async_task("incidents.privacy.jobs.go_on", erasure.pk))
    return erasure


def go_on(erasure: Erasure, *, longest: float = LONGEST) -> Erasure:
    """Do portion after portion until all is done or the time is over."""
    ends = time.monotonic() + longest
    while erasure.stage != Stage.DONE and time.monotonic() < ends:
        erasure = _do_a_portion(erasure.pk)
    return erasure


def neutral_name(person: User) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return _("Former employee %(number)s") % {"number": person.pk}


def _refuse_with_open_work(person: User) -> None:
    open_here = Ticket.objects.open().assigned_to(person)[:1000].count()
    if open_here:
        raise Refused(
            ngettext(
                "%(name)s still has %(count)d open ticket. Hand it over first.",
                "%(name)s still has %(count)d open tickets. Hand them over first.",
                open_here,
            )
            % {"name": person.display_name, "count": open_here}
        )


def _make_anonymous(person: User, by: User) -> None:
    """The account itself. Department stays, for the figures."""
    end_all(person)
    for held in person.grants.select_related("role", "team"):
        record_removed(held, by=by)
        held.delete()
    forgetting.forget_sender(person.email)
    person.display_name = neutral_name(person)
    person.email = f"former-{person.pk}@{ERASED_DOMAIN}"
    person.phone = person.location = person.time_zone = person.language = ""
    person.theme = User.Theme.SYSTEM
    person.is_active = False
    person.last_login = person.mail_returned_at = None
    person.set_unusable_password()
    person.save()


# Portions ---------------------------------------------------------------------------------------------------


@transaction.atomic
def _do_a_portion(pk: int) -> Erasure:
    erasure = Erasure.objects.select_for_update().select_related("person", "by").get(pk=pk)
    if erasure.stage == Stage.DONE:
        return erasure
    erasure.cursor = PORTIONS[Stage(erasure.stage)](erasure)
    if erasure.cursor == 0:
        stages = list(Stage)
        erasure.stage = stages[stages.index(Stage(erasure.stage)) + 1]
        if erasure.stage == Stage.DONE:
            _finish(erasure)
    erasure.save()
    return erasure


def _belongings(erasure: Erasure) -> int:
    """The cursor tells the place, and the key there."""
    place, key = divmod(erasure.cursor, PLACE)
    if place >= len(belongings.PLACES):
        return 0
    here = belongings.PLACES[place]
    last, done = belongings.clear(here, erasure.person, key, with_words=erasure.with_words)
    _count(erasure, here.model._meta.label_lower, done)
    if last:
        return place * PLACE + last
    return (place + 1) * PLACE if place + 1 < len(belongings.PLACES) else 0


def _words(erasure: Erasure) -> int:
    """Theirs first, which others may have filed; then tickets on which they did anything, by the events."""
    if not erasure.with_words:
        return 0
    stretch, key = divmod(erasure.cursor, PLACE)
    if not stretch:
        return _words_on_theirs(erasure, key) or PLACE
    last = _words_where_they_acted(erasure, key)
    return PLACE + last if last else 0


def _words_on_theirs(erasure: Erasure, after: int) -> int:
    theirs = Q(requester=erasure.person) | Q(reporter=erasure.person)
    found = Ticket.objects.filter(theirs, pk__gt=after).order_by("pk").values_list("pk", flat=True)
    keys = list(found[:AT_ONCE])
    _blank_words(erasure, keys)
    return keys[-1] if len(keys) == AT_ONCE else 0


def _words_where_they_acted(erasure: Erasure, start: int) -> int:
    newest = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    acted = Event.objects.filter(actor=erasure.person, pk__gt=start, pk__lte=start + STRETCH)
    found = list(acted.order_by("pk").values_list("pk", "ticket")[:AT_ONCE])
    _blank_words(erasure, {ticket for _pk, ticket in found})
    if len(found) == AT_ONCE:
        return found[-1][0]
    return start + STRETCH if start + STRETCH < newest else 0


def _blank_words(erasure: Erasure, keys: Collection[int]) -> None:
    for ticket in Ticket.objects.filter(pk__in=keys).order_by("pk"):
        done = tickets.erase_words_of(erasure.person, ticket, by=_actor(erasure))
        _count(erasure, "tickets.ticket", int(done))
    forgetting.forget_removed(keys)


def _mentions(erasure: Erasure) -> int:
    start = erasure.cursor
    newest = Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    done = tickets.rename_mentions(erasure.person, start, start + STRETCH, by=_actor(erasure))
    _count(erasure, "tickets.mention", done)
    return start + STRETCH if start + STRETCH < newest else 0


def _changes(erasure: Erasure) -> int:
    last, done = blank_changes(
        _traces(erasure), erasure.cursor, by=_actor(erasure), about=erasure.person
    )
    _count(erasure, "accounts.adminchange", done)
    return last


def _audit(erasure: Erasure) -> int:
    last, done = blank_entries(
        _traces(erasure), erasure.cursor, by=_actor(erasure), about=erasure.person
    )
    _count(erasure, "accounts.auditentry", done)
    return last


def _finish(erasure: Erasure) -> None:
    search.forget_deleted()
    erasure.traces = {}
    erasure.done_at = timezone.now()
    audit.note(
        audit.Kind.ERASED,
        by=_actor(erasure),
        about=erasure.person,
        done=True,
        counts=erasure.counts,
    )


PLACE = 10**12
"""Keys of one place of the belongings, or way to their words; what lies above tells which it is."""
PORTIONS: dict[Erasure.Stage, Callable[[Erasure], int]] = {
    Stage.BELONGINGS: _belongings,
    Stage.WORDS: _words,
    Stage.MENTIONS: _mentions,
    Stage.CHANGES: _changes,
    Stage.AUDIT: _audit,
}


def _actor(erasure: Erasure) -> User:
    """Who began it, as long as they may; after that the desk goes on with what was allowed then."""
    may = erasure.by.permits.anywhere(Permission.PEOPLE_ERASE)
    return erasure.by if may else User.objects.system()


def _traces(erasure: Erasure) -> Traces:
    return Traces(
        erasure.person_id,
        tuple(erasure.traces.get("words", ())),
        erasure.person.display_name,
    )


def _count(erasure: Erasure, what: str, number: int) -> None:
    if number:
        erasure.counts[what] = erasure.counts.get(what, 0) + number
