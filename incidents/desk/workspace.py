"""What a ticket's page on the desk is made of, for one reader. Each part is fetched when a template asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.errors import EditConflict
from accounts.models import Team, User
from accounts.templatetags import firebreak as looks
from incidents.desk import merging
from incidents.desk.due import chip
from incidents.desk.entries import Row, row
from incidents.desk.forms import FollowForm, LinkForm, ResolveForm, SayForm
from incidents.desk.looks import Look, Send, Step, Words
from incidents.desk.proposed import Proposed, proposed
from incidents.desk.readers import Readers
from incidents.desk.requester import Card
from incidents.desk.step_forms import Filling, filling
from incidents.desk.thread import Thread, View
from incidents.tickets import policies, questions, ratings, timeline, ways
from incidents.tickets.categories import Tree
from incidents.tickets.models import (
    Follower,
    Link,
    QuestionForm,
    Rating,
    Service,
    Ticket,
    TicketArticle,
)
from incidents.tickets.unsent import Unsent
from incidents.workflow import rulebook
from incidents.workflow.needs import Need
from incidents.workflow.rulebook import Way
from incidents.workflow.states import Status
from knowledge import policies as knowledge
from knowledge.models import Article


@dataclass(frozen=True)
class Tab:
    name: str
    label: Words
    icon: str
    key: str
    is_open: bool


@dataclass(frozen=True)
class PanelLook:
    """What a panel shows beside names and numbers; with nothing in it, the same for every ticket that it fits."""

    name: str
    sends: tuple[Send, ...]
    refused: str
    has_reporter: bool
    has_followers: bool
    merged_count: int
    parts_count: int

    @property
    def is_note(self) -> bool:
        return self.name == "note"

    @property
    def route(self) -> str:
        return f"desk:ticket-{self.name}"

    @property
    def form(self) -> SayForm:
        """Empty."""
        return _form(self.name)


@dataclass
class Panel:
    """One tab of the composer, a form of its own."""

    look: PanelLook
    draft: str
    """The name under which what is typed is kept."""
    by: User
    given: dict[str, Any]
    """What stood in it when the page was left."""
    filling: Filling | None = None
    """What the workflow asks for first, if anything is missing."""
    typed: SayForm | None = None
    """As somebody sent it, where that was refused."""
    clash: list[timeline.Entry] | None = None
    is_overtaken: bool = False
    """Somebody else spoke meanwhile, which is `clash`."""

    @property
    def hidden(self) -> SafeString:
        """For whom the text is kept if the session ends, and a key against sending it twice."""
        return looks.kept_by(self.by.pk, self.draft) + looks.idempotency_key()

    @cached_property
    def form(self) -> SayForm:
        return self.typed or _form(self.look.name, self.given)

    @property
    def blank(self) -> PanelLook | None:
        """Its look where there is nothing in it, and nothing is asked for."""
        is_blank = self.typed is None and not self.given and not self.filling
        return self.look if is_blank else None


@dataclass(frozen=True)
class ComposerLook:
    """All panels, where each of them is blank."""

    panels: tuple[PanelLook, ...]
    opened: str

    @property
    def tabs(self) -> tuple[Tab, ...]:
        return _tabs(self.opened)


class Workspace:
    """A ticket as one agent sees it."""

    def __init__(
        self,
        ticket: Ticket,
        user: User,
        *,
        panel: str = "reply",
        view: View | None = None,
        unsent: Mapping[str, Unsent] | None = None,
        quoted: str = "",
    ) -> None:
        """`quoted` comes below what the open panel holds already."""
        self.ticket = ticket
        self.user = user
        self.opened = panel if panel in PANELS else "reply"
        self.thread = Thread(ticket, user, view or View())
        self.unsent = unsent or {}
        self.quoted = quoted
        self._panels: dict[str, Panel] = {}

    # What this reader may do --------------------------------------------------------------------------

    @cached_property
    def can_work(self) -> bool:
        """Of a merged ticket everything is read-only."""
        return not self.ticket.merged_into_id and policies.can_work(self.user, self.ticket)

    @cached_property
    def can_edit(self) -> bool:
        return self.can_work and not self.ticket.is_closed

    @property
    def is_free(self) -> bool:
        """Open, and nobody has it."""
        return self.ticket.is_open and self.ticket.assignee_id is None

    @cached_property
    def can_take(self) -> bool:
        """One key takes what nobody has; what somebody has is only taken over in the properties."""
        return self.can_work and self.is_free

    @cached_property
    def can_move(self) -> bool:
        return self.ticket.is_open and policies.can_assign(self.user, self.ticket)

    @cached_property
    def can_prioritise(self) -> bool:
        return not self.ticket.is_closed and policies.can_prioritise(self.user, self.ticket)

    @cached_property
    def can_offer(self) -> bool:
        return policies.can_offer(self.user, self.ticket)

    @cached_property
    def can_write_up(self) -> bool:
        return self.can_work and knowledge.can_write(self.user)

    # Parts -----------------------------------------------------------------------------------------------

    @cached_property
    def look(self) -> Look:
        """What its page asks about it."""
        ticket = self.ticket
        edit, rank, opens = self.can_edit, self.can_prioritise, self.can_edit and ticket.is_open
        return Look(
            can_work=self.can_work,
            can_edit=edit,
            can_take=self.can_take,
            can_offer=self.can_offer,
            may=(opens, self.can_move, rank, rank, rank, edit, edit, edit, edit),
            steps=self.steps,
            readers_icon=self.readers.icon,
            is_confined=ticket.is_confined,
            is_usual=not (ticket.merged_into_id or ticket.merged_count or self.proposals),  # type: ignore[attr-defined]  # annotated by views.ticket
            is_offered=ticket.is_offered,
            has_affected=ticket.affected_count > 1 or self.can_offer or ticket.is_offered,
            has_reporter=ticket.reporter_id != ticket.requester_id,
            was_reopened=ticket.reopen_count > 0,
            will_close=ticket.closes_at is not None,
        )

    @cached_property
    def words(self) -> dict[str, Any]:
        """What is put into what looks alike."""
        ticket, view = self.ticket, self.thread.view
        return {
            "number": ticket.number,
            "ref": ticket.ref,
            "version": ticket.version,
            "title": ticket.title,
            "along": view.along,
            "along_with": view.along_with,
            "shown": self.shown,
            **self.facts,
            **self.addressed,
        }

    @cached_property
    def facts(self) -> dict[str, str]:
        """What stands below the title, and who is affected."""
        ticket = self.ticket
        department = ticket.requester.department
        again, affected = ticket.reopen_count, ticket.affected_count
        return {
            "status": looks.status_badge(ticket),
            "priority": looks.priority(ticket),
            "due": chip(ticket.due_at, timezone.now()),
            "department": f", {department.name}" if department else "",
            "origin": looks.words_for(ticket, "origin"),
            "opened": looks.when(timezone.localtime(ticket.created_at)),
            "reopened": ngettext("Reopened once", "Reopened %(n)s times", again) % {"n": again},
            "closes": date_format(timezone.localtime(ticket.closes_at), "SHORT_DATE_FORMAT")
            if ticket.closes_at
            else "",
            "affected": ngettext("%(n)s person", "%(n)s people", affected) % {"n": affected},
        }

    @cached_property
    def addressed(self) -> dict[str, str]:
        """Who reads it, and what is written here."""
        ticket, readers = self.ticket, self.readers
        return {
            "requester": ticket.requester.display_name,
            "reporter": ticket.reporter.display_name,
            "readers": readers.words,
            "followers": readers.followers,
            "others": readers.along,
            "desk": readers.desk,
        }

    @property
    def shown(self) -> tuple[str, ...]:
        """The properties as they stand, in the order of `PROPERTIES`."""
        ticket = self.ticket
        return (
            _person(ticket.assignee),
            _name(ticket.team),
            self._priority(),
            looks.words_for(ticket, "impact"),
            looks.words_for(ticket, "urgency"),
            rulebook.type(ticket.type).label,
            self._category(),
            _name(ticket.service),
            _tags(ticket.tags),
        )

    def _priority(self) -> str:
        drawn = looks.priority(self.ticket)
        by_hand = format_html('{} <span class="fb-sub">{}</span>', drawn, _("by hand"))
        return by_hand if self.ticket.priority_by_hand else drawn

    def _category(self) -> str:
        """Its path as far as it is at hand; a merged category under the name it goes by now."""
        category = self.ticket.category
        if category is None:
            return _name(None)
        if category.merged_into:
            return category.merged_into.name
        return f"{category.parent.name} › {category.name}" if category.parent else category.name

    @cached_property
    def ways(self) -> list[Way]:
        """Where this reader may take the ticket from here."""
        if not self.can_work:
            return []
        found = ways.open_to(self.user, self.ticket)
        return [
            way
            for way in found
            if way.there.status != Status.CLOSED and ways.goes_as_staff(self.user, way, self.ticket)
        ]

    @cached_property
    def missing(self) -> dict[str, list[Need]]:
        """By step: what has to be filled in before."""
        return {way.there.slug: ways.missing(way, self.ticket) for way in self.ways}

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Changes of status that this reader may make now: work goes on first, and the end last."""
        onward = [way for way in self.ways if not (self._taking_does(way) and self.is_free)]
        ordered = sorted(onward, key=lambda way: ORDER.index(way.there.status))
        return tuple(self._step(way) for way in ordered)

    def _taking_does(self, way: Way) -> bool:
        """Taking it starts work, too, so that needs no button of its own."""
        starts = way.here.status == Status.NEW and way.there.status == Status.OPEN
        return starts and way.there.is_default and not way.needs_text and not self.missing[way.there.slug]  # fmt: skip

    def _step(self, way: Way) -> Step:
        there, here = way.there, way.here
        icon = STEP_ICONS[there.status]
        is_end = there.status == Status.RESOLVED != here.status
        if is_end and there.is_default:
            return Step(way.label, icon, "resolve", is_primary=True)
        if not self.missing[there.slug] and there.is_default:
            if here.status == Status.RESOLVED and there.status == Status.OPEN:
                return Step(way.label, "rotate-ccw", "reply", "reopen")
            if way.needs_text and there.status == Status.WAITING_REQUESTER:
                return Step(way.label, icon, "reply", "wait")
            if way.needs_text and there.status == Status.WAITING_OTHER:
                return Step(way.label, icon, "note", "hold")
        asks = bool(way.needs_text or self.missing[there.slug] or is_end or here.status == Status.RESOLVED != there.status)  # fmt: skip
        return Step(way.label, icon, to=there.slug, asks=asks)

    def to_status(self, status: Status) -> Way | None:
        """The usual way to it, for the buttons beside the words, as long as nothing has to be filled in."""
        usual = [way for way in self.ways if way.there.status == status and way.there.is_default]
        return next((way for way in usual if not self.missing[way.there.slug]), None)

    @cached_property
    def panels(self) -> list[Panel]:
        return [self.panel(name) for name in PANELS] if self.can_work else []

    def panel(self, name: str, form: SayForm | None = None) -> Panel:
        """A panel, empty or with what was typed; with `form`, as that form has it."""
        if name not in self._panels:
            self._panels[name] = self._draw(name, form)
        return self._panels[name]

    def _draw(self, name: str, typed: SayForm | None) -> Panel:
        kept = self.unsent.get(self.draft_name(name))
        given: dict[str, Any] = dict(kept.text) if kept else {}
        if self.quoted and name == self.opened:
            given["body"] = "\n\n".join(
                filter(None, (str(given.get("body", "")).rstrip(), self.quoted))
            )
        resolving = ways.best(self.ways, Status.RESOLVED) if name == "resolve" else None
        asks = resolving and self.missing[resolving.there.slug]
        return Panel(
            look=self._look(name),
            draft=self.draft_name(name),
            by=self.user,
            given=given,
            filling=filling(self.ticket, resolving, by=self.user) if asks else None,
            typed=typed,
        )

    @cached_property
    def composer(self) -> ComposerLook | None:
        """How all of its panels look, where nothing stands in any."""
        blank = [panel.blank for panel in self.panels]
        filled = tuple(look for look in blank if look)
        return ComposerLook(filled, self.opened) if len(filled) == len(blank) else None

    @property
    def hidden(self) -> tuple[SafeString, ...]:
        """What each of its panels sends along."""
        return tuple(panel.hidden for panel in self.panels)

    def _look(self, name: str) -> PanelLook:
        ticket = self.ticket
        sends, refused = self._sends(name)
        return PanelLook(
            name=name,
            sends=tuple(sends),
            refused=refused,
            has_reporter=ticket.reporter_id != ticket.requester_id,
            has_followers=bool(self.addressed["followers"]),
            merged_count=ticket.merged_count,  # type: ignore[attr-defined]  # annotated by views.ticket
            parts_count=ticket.parts_count,  # type: ignore[attr-defined]
        )

    @property
    def tabs(self) -> tuple[Tab, ...]:
        return _tabs(self.opened)

    def draft_name(self, panel: str) -> str:
        return f"{panel}:{self.ticket.ref}"

    def _sends(self, panel: str) -> tuple[list[Send], str]:
        """The buttons of a panel, or why there is none now."""
        if panel == "note":
            hold = [Send("hold", gettext("Add note, hold"), "circle-pause")]
            return [
                Send("", gettext("Add note"), "lock", is_primary=True),
                *(hold if self.to_status(Status.WAITING_OTHER) else []),
            ], ""
        if self.ticket.is_closed:
            return [], gettext("This ticket is closed. Only notes can be added.")
        if panel == "resolve":
            if sends := self._resolving():
                return sends, ""
            if self.ticket.is_resolved:
                return [], gettext("This ticket is resolved already.")
            return [], gettext("From this step the workflow does not lead to resolved.")
        sends = [Send("", gettext("Send"), "send", is_primary=True)]
        if self.to_status(Status.WAITING_REQUESTER):
            sends.insert(
                0, Send("wait", gettext("Send, wait for requester"), "message-circle-question-mark")
            )
        if self.ticket.is_resolved and self.to_status(Status.OPEN):
            sends.insert(0, Send("reopen", gettext("Send and reopen"), "rotate-ccw"))
        return sends, ""

    def _resolving(self) -> list[Send]:
        """The usual way last, where the eye looks for it; others that ask for nothing more beside it."""
        found = [way for way in self.ways if way.there.status == Status.RESOLVED]
        usual = ways.best(found, Status.RESOLVED)
        if usual is None or self.ticket.is_resolved:
            return []
        others = [way for way in found if way != usual and not self.missing[way.there.slug]]
        then = "" if usual.there.is_default else usual.there.slug
        return [
            *(Send(way.there.slug, way.label, "circle-check") for way in others),
            Send(then, usual.label, "circle-check", is_primary=True),
        ]

    @cached_property
    def rows(self) -> list[Row]:
        """The part of the history that shows."""
        return [self._row(entry) for entry in self.thread.part.entries]

    @cached_property
    def opening(self) -> Row | None:
        """What the ticket was filed with, where that stands apart."""
        entry = self.thread.part.opening
        return self._row(entry) if entry else None

    def _row(self, entry: timeline.Entry) -> Row:
        view = self.thread.view
        return row(entry, can_work=self.can_work, is_newest_first=view.is_newest_first, along=view.along_with)  # fmt: skip

    def since(self, clash: EditConflict) -> list[timeline.Entry]:
        """What others did meanwhile, in words."""
        numbers = [event.number for event in clash.changes]
        return timeline.for_staff(self.ticket, self.user, numbers=numbers)

    # What is proposed and what is asked for ---------------------------------------------------------------

    @cached_property
    def proposals(self) -> list[Proposed]:
        """Types that somebody should decide about; most tickets have none, and are asked nothing."""
        return proposed(self.ticket, self.user)

    # What was answered ------------------------------------------------------------------------------------

    @cached_property
    def asks(self) -> list[QuestionForm]:
        """What its category and its type ask now, if this reader may answer it. Not for the page itself: that is two
        queries more."""
        if not self.can_edit:
            return []
        asked = questions.asked_of(self.ticket.category, self.ticket.type, Tree.load())
        return [form for form in asked if form]

    @cached_property
    def answers(self) -> list[questions.Given]:
        return questions.shown(self.ticket) if self.ticket.has_answers else []  # type: ignore[attr-defined]  # annotated by views.ticket

    @cached_property
    def former_answers(self) -> list[questions.Former]:
        """Answers that somebody changed."""
        return questions.former(self.ticket) if self.ticket.answers_changed else []  # type: ignore[attr-defined]  # annotated by views.ticket

    # What stands around it ----------------------------------------------------------------------------------

    @cached_property
    def rating(self) -> Rating | None:
        """What the requester said of the last closing."""
        if not self.ticket.is_closed:
            return None
        return Rating.objects.seen_as_staff_by(self.user).filter(ticket=self.ticket).order_by("-closing").first()  # fmt: skip

    @property
    def rating_icon(self) -> str:
        return ratings.ICONS[self.rating.score] if self.rating else ""

    @cached_property
    def readers(self) -> Readers:
        return Readers(self.ticket)

    @property
    def requester_card(self) -> Card:
        return Card(self.ticket.requester, self.user, apart_from=self.ticket)

    @cached_property
    def links(self) -> list[dict[str, Any]]:
        """Links in both directions, each with its other end and the words that fit this end."""
        seen = Ticket.objects.seen_as_staff_by(self.user)
        here = Q(ticket=self.ticket.pk, other__in=seen) | Q(other=self.ticket.pk, ticket__in=seen)
        found = Link.objects.filter(here).select_related("ticket", "other").order_by("pk")
        return [
            {
                "other": link.other if onward else link.ticket,
                "kind": link.kind,
                "words": Link.Kind(link.kind).label
                if onward
                else Link.REVERSED[Link.Kind(link.kind)],
                "back": not onward,
                "is_synced": link.is_synced,
            }
            for link in found
            for onward in [link.ticket_id == self.ticket.pk]
        ]

    @cached_property
    def gone(self) -> merging.Gone | None:
        """Where it went on, if it was merged."""
        return merging.gone(self.ticket, self.user)

    @cached_property
    def merged_here(self) -> merging.MergedHere:
        return merging.merged_here(self.ticket, self.user)

    @cached_property
    def followers(self) -> list[Follower]:
        """Who gets updates; `joined` has those who said “me too”."""
        return [follower for follower in self._following if not follower.has_joined]

    @cached_property
    def joined(self) -> list[Follower]:
        return [follower for follower in self._following if follower.has_joined]

    @cached_property
    def _following(self) -> list[Follower]:
        found = Follower.objects.filter(ticket=self.ticket).select_related("user")
        return list(found.order_by("user__display_name"))

    @cached_property
    def solved_with(self) -> Article | None:
        """The article that said how, if this reader may read it."""
        if self.ticket.solved_with_id is None:
            return None
        readable = Article.objects.readable_by(self.user)
        return readable.filter(pk=self.ticket.solved_with_id).first()

    @cached_property
    def articles(self) -> list[Article]:
        """Articles made from this ticket that this reader may read."""
        mine = Article.objects.visible_to(self.user)
        made = TicketArticle.objects.filter(ticket=self.ticket, article__in=mine)
        return [one.article for one in made.select_related("article").order_by("pk")]

    @cached_property
    def link_form(self) -> LinkForm:
        return LinkForm(auto_id="id_link_%s")

    @cached_property
    def follow_form(self) -> FollowForm:
        return FollowForm(auto_id="id_follow_%s")


def _tabs(opened: str) -> tuple[Tab, ...]:
    return tuple(
        Tab(name, label, icon, key, name == opened)
        for name, (label, icon, key, _form_class) in PANELS.items()
    )


def _form(panel: str, given: Mapping[str, Any] | None = None) -> SayForm:
    *_looks, form_class = PANELS[panel]
    return form_class(initial={**(given or {}), "then": ""}, auto_id=f"id_{panel}_%s")


def _name(one: Team | Service | None) -> str:
    return one.name if one else gettext("None")


def _tags(tags: list[str]) -> str:
    if not tags:
        return gettext("None")
    badges = format_html_join("", '<span class="fb-badge">{}</span>', ((tag,) for tag in tags))
    return format_html('<span class="fb-cluster fb-cluster--tight">{}</span>', badges)


def _person(person: User | None) -> SafeString:
    return format_html(
        '<span class="fb-person{}">{}<bdi class="fb-trunc">{}</bdi></span>',
        "" if person else " fb-sub",
        looks.avatar(person, "xs"),
        person.display_name if person else gettext("Nobody"),
    )


PANELS: dict[str, tuple[Words, str, str, type[SayForm]]] = {
    "reply": (_("Reply"), "reply", "r", SayForm),
    "note": (_("Internal note"), "lock", "n", SayForm),
    "resolve": (_("Resolve"), "circle-check", "e", ResolveForm),
}
"""Label, icon, key and form of each tab of the composer. A page always opens with the reply: “internal” is never remembered."""

STEP_ICONS = {
    Status.NEW: "circle-dashed",
    Status.OPEN: "circle-dot",
    Status.WAITING_REQUESTER: "message-circle-question-mark",
    Status.WAITING_OTHER: "circle-pause",
    Status.RESOLVED: "circle-check",
}
ORDER = [
    Status.OPEN, Status.NEW, Status.WAITING_REQUESTER, Status.WAITING_OTHER, Status.RESOLVED, Status.CLOSED,
]  # fmt: skip
