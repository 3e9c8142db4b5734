"""A ticket's history for reading: events told in words, messages between them.

Two readers, two queries: the requester's page never holds what it must not show. Events store ids only; names are
fetched for all of them at once, so the number of queries does not grow with the history.
"""

from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from itertools import groupby
from typing import Any, Literal

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts import formats, kept
from accounts.models import Team, User
from incidents.tickets import durations, numbers, promises
from incidents.tickets.kinds import WITH_MESSAGE, Kind
from incidents.tickets.models import (
    Attachment,
    Category,
    ChecklistItem,
    Event,
    EventQuerySet,
    Hypothesis,
    Link,
    Message,
    Original,
    Rating,
    Service,
    Ticket,
)
from incidents.tickets.policies import is_party
from incidents.tickets.references import References
from incidents.workflow import rulebook
from incidents.workflow.priority import Impact, Priority, Urgency
from incidents.workflow.states import Resolution, Status
from knowledge.models import Article

A_PART = 50
"""Events that are shown at once, and fetched by “Show earlier”."""
MOST_NAMED = 3
"""People whom one line names."""
MOST_AT_ONCE = 250
"""As many may come in while a page stands open; then it begins afresh with the newest."""


@dataclass
class Entry:
    """One line or message of the timeline."""

    kind: Literal["message", "note", "event"]
    event: Event
    at: datetime
    message: Message | None = None
    icon: str = ""
    sentence: SafeString = field(default_factory=SafeString)
    is_mine: bool = False
    author_side: Literal["staff", "requester"] = "requester"
    is_by_mail: bool = False
    has_original: bool = False
    """It came as HTML, which can be looked at."""
    mail: int | None = None
    """The mail that it came as, for whoever of the desk may open that."""
    new_day: bool = False
    words: SafeString = field(default_factory=SafeString)
    """What the message says, as HTML."""
    comment: str = ""
    """What somebody wrote to their rating; for staff only."""
    elsewhere: str = ""
    """The merged ticket on which this stands, and whose requester reads it there; for staff only."""
    is_first_new: bool = False
    """What follows is new to the reader."""

    @property
    def has_sender(self) -> bool:
        """Whether the address is known that it came from by mail."""
        return bool(self.message and self.message.sent_from)

    @property
    def role(self) -> str:
        """As what its author wrote it, for the desk."""
        message = self.message
        if message is None or self.elsewhere:
            return "elsewhere"
        if self.kind == "note":
            return "colleague"
        if self.author_side == "staff":
            return "staff"
        ticket = message.ticket
        parties = {ticket.reporter_id: "reporter", ticket.requester_id: "requester"}
        return parties.get(message.author_id, "follower")


@dataclass
class Part:
    """Some entries in a row, oldest first. `start` is the number of their first event."""

    entries: list[Entry]
    start: int
    has_earlier: bool = False
    opening: Entry | None = None
    """What the ticket was filed with: shown beside the newest part, whatever lies between."""
    is_afresh: bool = False
    """So much happened since the asked `start` that this begins later, and what was shown before belongs to it no more."""

    @property
    def has_mail(self) -> bool:
        """Whether something of it came by mail."""
        shown = [*self.entries, *([self.opening] if self.opening else [])]
        return any(entry.is_by_mail for entry in shown)


@dataclass(frozen=True)
class Step:
    """One step of the employee's stepper."""

    label: str
    state: Literal["done", "current", "todo"]
    at: datetime | None = None


@dataclass
class Names:
    """Everything that the events name and the ticket does not bring along, in at most seven queries."""

    people: dict[int, User]
    teams: dict[int, Team]
    categories: dict[int, Category]
    services: dict[int, Service]
    articles: dict[int, Article]
    steps: dict[int, ChecklistItem]
    hypotheses: dict[int, Hypothesis]

    @classmethod
    def of(cls, events: Collection[Event], ticket: Ticket, reader: User) -> "Names":
        wanted: dict[str, set[int | None]] = {
            name: set()
            for name in ("user", "team", "category", "service", "article", "item", "hypothesis")
        }
        for event in events:
            for values in (event.data.get("set", {}), event.data.get("was", {})):
                wanted["user"].add(values.get("assignee_id"))
                wanted["team"].add(values.get("team_id"))
                wanted["category"].add(
                    values.get("category_id") if event.kind != Kind.FILED else None
                )
                wanted["service"].add(
                    values.get("service_id") if event.kind != Kind.FILED else None
                )
                wanted["article"].add(values.get("solved_with_id"))
            wanted["user"].add(event.data.get("who"))
            wanted["user"].update(event.data.get("told", ())[:MOST_NAMED])
            for name in ("article", "item", "hypothesis"):
                wanted[name].add(event.data.get(name))
        keys = {name: found - {None} for name, found in wanted.items()}

        at_hand = ticket._state.fields_cache
        people = [at_hand.get("assignee"), *(event.actor for event in events)]
        known: dict[str, dict[int, Any]] = {
            "user": {one.pk: one for one in people if one},
            "team": {one.pk: one for one in (at_hand.get("team"),) if one},
        }

        def fetch(model: Any, name: str) -> dict[int, Any]:
            here = known.get(name, {})
            wanted = [key for key in keys[name] if key is not None and key not in here]
            return {**here, **kept.in_bulk(("names", name), model.objects.all, wanted)}

        return cls(
            fetch(User, "user"),
            fetch(Team, "team"),
            fetch(Category, "category"),
            fetch(Service, "service"),
            Article.objects.visible_to(reader).in_bulk(keys["article"]) if keys["article"] else {},
            fetch(ChecklistItem, "item"),
            fetch(Hypothesis, "hypothesis"),
        )

    def person(self, key: int | None) -> str:
        return self.people[key].display_name if key in self.people else _("nobody")

    def team(self, key: int | None) -> str:
        return self.teams[key].name if key in self.teams else _("no team")

    def category(self, key: int | None) -> str:
        return self.categories[key].name if key in self.categories else _("no category")

    def service(self, key: int | None) -> str:
        return self.services[key].name if key in self.services else _("no service")


Teller = Callable[[Event, Names], tuple[str, SafeString] | None]


def _bold(text: object) -> SafeString:
    return format_html("<b>{}</b>", text)


def _who(event: Event) -> SafeString:
    return _bold(event.actor.display_name)


def _put(sentence: str, **parts: object) -> SafeString:
    """A translated sentence with its parts escaped."""
    return format_html(sentence, **parts) if parts else escape(sentence)


# How staff read an event -------------------------------------------------------------------------------


def _assigned(event: Event, names: Names) -> tuple[str, SafeString]:
    to = event.data["set"]["assignee_id"]
    if to == event.actor_id:
        return "user-plus", _put(_("{who} took this ticket"), who=_who(event))
    if to is None:
        return "user", _put(_("{who} gave this ticket back, nobody has it"), who=_who(event))
    return "user-plus", _put(_("{who} assigned {to}"), who=_who(event), to=_bold(names.person(to)))


def _moved(event: Event, names: Names) -> tuple[str, SafeString]:
    here = event.data["was"]["team_id"]
    there = event.data["set"]["team_id"]
    return "shuffle", _put(
        _("{who} handed this over from {here} to {there}"),
        who=_who(event), here=names.team(here), there=_bold(names.team(there)),
    )  # fmt: skip


def _status(event: Event, names: Names) -> tuple[str, SafeString]:
    to = _stood(event)
    return "circle-dot", _put(_("{who} set this to {to}"), who=_who(event), to=_bold(to.label))


def _stood(event: Event) -> rulebook.Place:
    """Where the ticket stood after this event, as its workflow calls that now."""
    now = event.data["set"]
    status = now.get("status", event.ticket.status)
    return rulebook.standing(event.ticket.type, status, now.get("step", ""))


def _prioritised(event: Event, names: Names) -> tuple[str, SafeString]:
    new = event.data["set"]
    sentence = _put(
        _("{who} set priority {priority} ({impact}, {urgency})"),
        who=_who(event), priority=_bold(Priority(new["priority"]).label),
        impact=Impact(new["impact"]).label, urgency=Urgency(new["urgency"]).label,
    )  # fmt: skip
    if reason := event.data.get("reason"):
        sentence = format_html("{}: {}", sentence, reason)
    if event.data.get("matrix"):
        sentence = format_html("{}. {}", sentence, _("The priority matrix was changed."))
    return "chevrons-up", sentence


def _categorised(event: Event, names: Names) -> tuple[str, SafeString]:
    to = names.category(event.data["set"]["category_id"])
    return "tag", _put(_("{who} set category {to}"), who=_who(event), to=_bold(to))


def _service(event: Event, names: Names) -> tuple[str, SafeString]:
    to = names.service(event.data["set"]["service_id"])
    return "server", _put(_("{who} set service {to}"), who=_who(event), to=_bold(to))


def _retitled(event: Event, names: Names) -> tuple[str, SafeString]:
    return "pencil", _put(
        _("{who} changed the title, it was “{was}”"),
        who=_who(event),
        was=event.data["was"]["title"],
    )


def _type_changed(event: Event, names: Names) -> tuple[str, SafeString]:
    new = event.data["set"]
    to = _bold(rulebook.type(new["type"]).label)
    if "status" in new:
        return "ticket", _put(
            _("{who} set the type to {to}, in whose workflow it is {status} now"),
            who=_who(event), to=to, status=_bold(_stood(event).label),
        )  # fmt: skip
    if "priority" in new:
        return "ticket", _put(
            _("{who} set the type to {to}, so the priority is {priority} now"),
            who=_who(event), to=to, priority=_bold(Priority(new["priority"]).label),
        )  # fmt: skip
    return "ticket", _put(_("{who} set the type to {to}"), who=_who(event), to=to)


def _closed(event: Event, names: Names) -> tuple[str, SafeString]:
    if event.actor.is_system:
        return "lock", _put(_("The ticket was closed"))
    return "lock", _put(_("{who} confirmed that it works; the ticket is closed"), who=_who(event))


def _closing_announced(event: Event, names: Names) -> tuple[str, SafeString]:
    return "clock", _put(_closes(event))


def _closes(event: Event) -> str:
    """By when somebody has to write, in the reader's zone; the same for both sides."""
    day = formats.weekday(_closes_at(event), timezone.localtime())
    if event.data.get("waiting"):
        return _("Without an answer, this is closed on %(day)s") % {"day": day}
    return _("This is closed on %(day)s unless somebody writes") % {"day": day}


def _closing_called_off(event: Event, names: Names) -> tuple[str, SafeString]:
    why = event.data["why"]
    if why == "tasks":
        words = _("This is not closed by itself: something on its checklist has to be done first")
    elif why == "type":
        words = _("This is not closed by itself: tickets of its type never are")
    else:
        words = _("This is not closed by itself: its workflow has no way to that")
    return "clock", _put(words)


def _closes_at(event: Event) -> datetime:
    return timezone.localtime(datetime.fromisoformat(event.data["set"]["closes_at"]))


def _escalated(event: Event, names: Names) -> tuple[str, SafeString]:
    """Who called for more, or which step did, and whom it reached."""
    data = event.data
    if event.actor.is_system:
        head = _put(
            _("Escalated by “{chain}”, step {step}"), chain=data.get("chain", ""), step=data.get("step", "")
        )  # fmt: skip
    else:
        head = _put(_("{who} escalated this"), who=_who(event))
    if data.get("is_refused"):
        head = _put(_("{what}, which was not possible"), what=head)
    if called := data.get("level"):
        head = _put(_("{what}, to {level}"), what=head, level=_bold(called))
    if told := data.get("told"):
        people = ", ".join(names.person(key) for key in told[:MOST_NAMED])
        more = len(told) - MOST_NAMED
        sentence = ngettext(
            "{what}; told: {people} and {n} more", "{what}; told: {people} and {n} more", more
        ) if more > 0 else _("{what}; told: {people}")  # fmt: skip
        head = _put(sentence, what=head, people=people, n=more)
    if reason := data.get("reason"):
        head = format_html("{}: {}", head, reason)
    return "megaphone", head


def _followed(event: Event, names: Names) -> tuple[str, SafeString]:
    return "user-plus", _put(
        _("{who} added {whom} to this ticket"),
        who=_who(event),
        whom=_bold(names.person(event.data["who"])),
    )


def _undelivered(event: Event, names: Names) -> tuple[str, SafeString]:
    sentence = _put(
        _("A mail to {whom} could not be delivered"), whom=_bold(names.person(event.data["who"]))
    )
    if reason := event.data.get("reason"):
        sentence = format_html("{}: {}", sentence, reason)
    return "mail-x", sentence


def _unfollowed(event: Event, names: Names) -> tuple[str, SafeString]:
    if event.data.get("had_joined") and event.data["who"] == event.actor_id:
        return "user", _put(_("{who} no longer has this problem"), who=_who(event))
    return "user", _put(
        _("{who} took {whom} off this ticket"),
        who=_who(event),
        whom=_bold(names.person(event.data["who"])),
    )


def _linked(event: Event, names: Names) -> tuple[str, SafeString]:
    kind = Link.Kind(event.data["link"])
    relation = Link.REVERSED[kind] if event.data["back"] else kind.label
    verb = _("{who} linked this as {relation} {other}")
    if event.kind == Kind.UNLINKED:
        verb = _("{who} removed the link {relation} {other}")
    return "link", _put(
        verb, who=_who(event), relation=relation, other=_bold(numbers.show(event.data["other"]))
    )


def _article(event: Event, names: Names) -> tuple[str, SafeString]:
    article = names.articles.get(event.data["article"])
    if article is None:
        return "file-text", _put(_("{who} is writing this up as a help article"), who=_who(event))
    if article.is_published:
        where = format_html('<a href="{}">{}</a>', article.get_absolute_url(), article.title)
    else:
        where = _bold(article.title)
    return "file-text", _put(
        _("{who} started the article {article}"), who=_who(event), article=where
    )


def _joined(event: Event, names: Names) -> tuple[str, SafeString]:
    new = event.data.get("set", {})
    if "priority" in new:
        return "users", _put(
            _("{who} has the same problem, so the priority is {priority} now"),
            who=_who(event), priority=_bold(Priority(new["priority"]).label),
        )  # fmt: skip
    return "users", _put(_("{who} has the same problem"), who=_who(event))


def _offered(event: Event, names: Names) -> tuple[str, SafeString]:
    if event.data["set"]["is_offered"]:
        return "megaphone", _put(_("{who} lets others join this"), who=_who(event))
    return "megaphone-off", _put(_("{who} lets nobody else join this"), who=_who(event))


def _withdrawn(event: Event, names: Names) -> tuple[str, SafeString]:
    return "circle-x", _put(_("{who} no longer needs this; the ticket is closed"), who=_who(event))


def _rated(event: Event, names: Names) -> tuple[str, SafeString]:
    if event.data.get("later"):
        return "star", _put(_("{who} added a comment to the rating"), who=_who(event))
    score = Rating.Score(event.data["score"]).label
    return "star", _put(_("{who} rated this: {score}"), who=_who(event), score=_bold(score))


def _answered(event: Event, names: Names) -> tuple[str, SafeString]:
    return "list-checks", _put(_("{who} changed the answers of the form"), who=_who(event))


def _tagged(event: Event, names: Names) -> tuple[str, SafeString]:
    added, removed = event.data["added"], event.data["removed"]
    tags = {"added": _bold(", ".join(added)), "removed": _bold(", ".join(removed))}
    if added and removed:
        words = ngettext(
            "{who} added the tag {added} and removed {removed}",
            "{who} added the tags {added} and removed {removed}",
            len(added),
        )
    elif added:
        words = ngettext("{who} added the tag {added}", "{who} added the tags {added}", len(added))
    else:
        words = ngettext(
            "{who} removed the tag {removed}", "{who} removed the tags {removed}", len(removed)
        )
    return "tag", _put(words, who=_who(event), **tags)


def _merged(event: Event, names: Names) -> tuple[str, SafeString]:
    sentence = _("{who} merged {other} into this") if event.data["back"] else _("{who} merged this into {other}")  # fmt: skip
    if event.kind == Kind.UNMERGED:
        sentence = (
            _("{who} took {other} out of this again")
            if event.data["back"]
            else _("{who} took this out of {other} again")
        )
    return "merge", _put(sentence, who=_who(event), other=_bold(numbers.show(event.data["other"])))


def _forwarded(event: Event, names: Names) -> tuple[str, SafeString]:
    return "corner-down-right", _put(
        _("{who} wrote on {other}, which was merged into this"),
        who=_who(event), other=_bold(numbers.show(event.data["other"])),
    )  # fmt: skip


def _split(event: Event, names: Names) -> tuple[str, SafeString]:
    sentence = (
        _("{who} made this ticket of a message in {other}")
        if event.data["back"]
        else _("{who} made {other} of a message")
    )
    return "split", _put(sentence, who=_who(event), other=_bold(numbers.show(event.data["other"])))


def _checklist(event: Event, names: Names) -> tuple[str, SafeString] | None:
    """The words of a step that was removed since are gone; changes of order only wake the page."""
    what = event.data["what"]
    if what == "added":
        n = len(event.data["items"])
        words = ngettext(
            "{who} added {n} step to the checklist", "{who} added {n} steps to the checklist", n
        )
        return "list-checks", _put(words, who=_who(event), n=n)
    if what == "required":
        n = len(event.data["items"])
        words = ngettext(
            "{n} step is required for this type", "{n} steps are required for this type", n
        )
        return "list-checks", _put(words, n=n)
    if what == "review":
        if event.actor.is_system:
            return "list-checks", _put(_("This is to be reviewed"))
        return "list-checks", _put(_("{who} asked for a review"), who=_who(event))
    step = names.steps.get(event.data["item"])
    named = {
        "done": _("{who} ticked off “{step}”"),
        "open": _("{who} opened the step “{step}” again"),
    }
    if what == "skipped":
        return "list-checks", _put(
            _("{who} skipped “{step}”: {reason}"),
            who=_who(event), step=step.label if step else "…", reason=event.data["reason"],
        )  # fmt: skip
    if step and what in named:
        return "list-checks", _put(named[what], who=_who(event), step=step.label)
    told = {
        "done": _("{who} ticked off a step of the checklist"),
        "open": _("{who} opened a step of the checklist again"),
        "removed": _("{who} removed a step of the checklist"),
    }
    return ("list-checks", _put(told[what], who=_who(event))) if what in told else None


def _hypothesis(event: Event, names: Names) -> tuple[str, SafeString]:
    told = {
        "stated": _("{who} stated the hypothesis “{hypothesis}”"),
        "open": _("{who} opened the hypothesis “{hypothesis}” again"),
        "ruled_out": _("{who} ruled out “{hypothesis}”"),
        "confirmed": _("{who} confirmed “{hypothesis}”"),
        "evidence": _("{who} added evidence to “{hypothesis}”"),
        "evidence_removed": _("{who} removed evidence from “{hypothesis}”"),
    }
    found = names.hypotheses.get(event.data["hypothesis"])
    return "lightbulb", _put(
        told[event.data["what"]], who=_who(event), hypothesis=found.text if found else "…"
    )


def _time_spent(event: Event, names: Names) -> tuple[str, SafeString]:
    minutes = event.data["minutes"]
    words = _("{who} spent {time}") if minutes > 0 else _("{who} took back {time}")
    return "timer", _put(words, who=_who(event), time=durations.show(abs(minutes)))


def _undone(event: Event, names: Names) -> tuple[str, SafeString]:
    now = event.data["set"]
    told: dict[str, Callable[[Any], str]] = {
        "team_id": lambda key: _("team %(team)s") % {"team": names.team(key)},
        "assignee_id": lambda key: _("assignee %(person)s") % {"person": names.person(key)},
        "status": lambda _status: _("status %(status)s") % {"status": _stood(event).label},
        "step": lambda _step: _("status %(status)s") % {"status": _stood(event).label},
        "priority": lambda level: _("priority %(priority)s") % {"priority": Priority(level).label},
        "category_id": lambda key: _("category %(category)s") % {"category": names.category(key)},
        "service_id": lambda key: _("service %(service)s") % {"service": names.service(key)},
        "title": lambda title: _("title “%(title)s”") % {"title": title},
        "type": lambda name: _("type %(type)s") % {"type": rulebook.type(name).label},
        "tags": lambda tags: _("tags %(tags)s") % {"tags": ", ".join(tags) or _("none")},
    }
    if "status" in now:
        del told["step"]
    parts = [words(now[name]) for name, words in told.items() if name in now]
    if not parts:  # only impact or urgency, which weigh the same
        return "undo-2", _put(_("{who} undid a change"), who=_who(event))
    return "undo-2", _put(
        _("{who} undid a change, back to {what}"), who=_who(event), what=_bold(", ".join(parts))
    )


def _target_warned(event: Event, names: Names) -> tuple[str, SafeString]:
    return "timer", escape(promises.nearly_used(event.data["target"], event.data["share"]))


def _target_missed(event: Event, names: Names) -> tuple[str, SafeString]:
    return "alarm-clock", _bold(promises.missed(event.data["target"]))


def _erased(event: Event, names: Names) -> tuple[str, SafeString]:
    if event.data.get("why") == "age":
        return "eye-off", _put(_("What was written here was removed, since it was old enough"))
    return "eye-off", _put(
        _("{who} removed what somebody wrote here, as their data was erased"), who=_who(event)
    )


def _proposed(event: Event, names: Names) -> tuple[str, SafeString]:
    to = _bold(rulebook.type(event.data["type"]).label)
    return "lightbulb", _put(_("This may be of the type {to}"), to=to)


def _proposal_settled(event: Event, names: Names) -> tuple[str, SafeString]:
    to = _bold(rulebook.type(event.data["type"]).label)
    if event.data["accepted"]:
        return "circle-check", _put(_("{who} accepted the type {to}"), who=_who(event), to=to)
    return "circle-x", _put(_("{who} dismissed the type {to}"), who=_who(event), to=to)


STAFF: dict[str, Teller] = {
    Kind.ERASED: _erased,
    Kind.ASSIGNED: _assigned,
    Kind.MOVED: _moved,
    Kind.STATUS_CHANGED: _status,
    Kind.PRIORITISED: _prioritised,
    Kind.CATEGORISED: _categorised,
    Kind.SERVICE_SET: _service,
    Kind.RETITLED: _retitled,
    Kind.TYPE_CHANGED: _type_changed,
    Kind.PROPOSED: _proposed,
    Kind.PROPOSAL_SETTLED: _proposal_settled,
    Kind.CLOSED: _closed,
    Kind.CLOSING_ANNOUNCED: _closing_announced,
    Kind.CLOSING_CALLED_OFF: _closing_called_off,
    Kind.ESCALATED: _escalated,
    Kind.FOLLOWED: _followed,
    Kind.UNDELIVERED: _undelivered,
    Kind.UNFOLLOWED: _unfollowed,
    Kind.LINKED: _linked,
    Kind.UNLINKED: _linked,
    Kind.ARTICLE_DRAFTED: _article,
    Kind.JOINED: _joined,
    Kind.OFFERED: _offered,
    Kind.WITHDRAWN: _withdrawn,
    Kind.RATED: _rated,
    Kind.ANSWERED: _answered,
    Kind.TAGGED: _tagged,
    Kind.MERGED: _merged,
    Kind.UNMERGED: _merged,
    Kind.FORWARDED: _forwarded,
    Kind.SPLIT: _split,
    Kind.CHECKLIST_CHANGED: _checklist,
    Kind.HYPOTHESIS_CHANGED: _hypothesis,
    Kind.TIME_SPENT: _time_spent,
    Kind.UNDONE: _undone,
    Kind.TARGET_WARNED: _target_warned,
    Kind.TARGET_MISSED: _target_missed,
}


# How employees read it -----------------------------------------------------------------------------------


def _plain_assigned(event: Event, names: Names) -> tuple[str, SafeString]:
    to = event.data["set"]["assignee_id"]
    if to is None:
        return "user", _put(_("Somebody else will take this on"))
    return "user-plus", _put(_("{to} is taking care of this now"), to=_bold(names.person(to)))


def _plain_moved(event: Event, names: Names) -> tuple[str, SafeString]:
    there = event.data["set"]["team_id"]
    return "shuffle", _put(_("This is with {team} now"), team=_bold(names.team(there)))


def _plain_status(event: Event, names: Names) -> tuple[str, SafeString]:
    told = {
        Status.OPEN: _("Work goes on"),
        Status.WAITING_REQUESTER: _("We are waiting for your answer"),
        Status.WAITING_OTHER: _("On hold: we are waiting for somebody else"),
        Status.NEW: _("This waits for somebody to take it on"),
        Status.RESOLVED: _("Please check that it works"),
    }
    if outside := _stood(event).outside_name:
        return "circle-dot", _put(_("Now: {step}"), step=_bold(outside))
    if event.data["was"]["status"] == Status.NEW and event.data["set"]["status"] == Status.OPEN:
        return "circle-dot", _put(_("Work has started"))
    return "circle-dot", _put(told[Status(event.data["set"]["status"])])


def _plain_prioritised(event: Event, names: Names) -> tuple[str, SafeString]:
    label = Priority(event.data["set"]["priority"]).label
    return "chevrons-up", _put(
        _("{who} set the priority to {priority}"), who=_who(event), priority=_bold(label)
    )


def _plain_categorised(event: Event, names: Names) -> tuple[str, SafeString]:
    to = names.category(event.data["set"]["category_id"])
    return "tag", _put(_("{who} sorted this under {to}"), who=_who(event), to=_bold(to))


def _plain_type_changed(event: Event, names: Names) -> tuple[str, SafeString] | None:
    """What kind of incident the desk calls it is no news to whoever waits; what follows from that is."""
    here, there = (rulebook.type(event.data[side]["type"]) for side in ("was", "set"))
    if here.nature != there.nature:
        words = (
            _("{who} handles this as something that is broken")
            if there.is_incident
            else _("{who} handles this as a request")
        )
        return "ticket", _put(words, who=_who(event))
    if "status" in event.data["set"]:
        return _plain_status(event, names)
    return _plain_prioritised(event, names) if "priority" in event.data["set"] else None


def _plain_closing_announced(event: Event, names: Names) -> tuple[str, SafeString]:
    return "clock", _put(closes_unless(_closes_at(event), is_asked=bool(event.data.get("waiting"))))


def closes_unless(at: datetime, *, is_asked: bool) -> str:
    """By when the requester has to write; `at` is in their zone, `is_asked`: it waits for their answer."""
    day = formats.weekday(at, timezone.localtime())
    if is_asked:
        return _("We close this on %(day)s unless you answer.") % {"day": day}
    return _("We close this on %(day)s unless you reply.") % {"day": day}


def _plain_undone(event: Event, names: Names) -> tuple[str, SafeString]:
    now = event.data["set"]
    if event.data["was"].get("status") == Status.RESOLVED:
        return "undo-2", _put(_("This was marked as solved by mistake, work goes on"))
    if "status" not in now and now.get("assignee_id"):
        return _plain_assigned(event, names)
    return "undo-2", _put(_("We took back a change that was made by mistake"))


def _plain_article(event: Event, names: Names) -> tuple[str, SafeString]:
    return "file-text", _put(_("{who} is writing this up as a help article"), who=_who(event))


def _plain_merged(event: Event, names: Names) -> tuple[str, SafeString]:
    """Without the other ticket, which is not this reader's."""
    if event.kind == Kind.UNMERGED:
        return "split", _put(_("We look at this report by itself again"))
    return "merge", _put(_("We handle this together with another report"))


def _untold(event: Event, names: Names) -> None:
    """Who else has it is nobody's business but the desk's; the page shows how many."""


def _plain_unfollowed(event: Event, names: Names) -> tuple[str, SafeString] | None:
    return None if event.data.get("had_joined") else _unfollowed(event, names)


PLAIN: dict[str, Teller] = {
    **STAFF,
    Kind.ASSIGNED: _plain_assigned,
    Kind.MOVED: _plain_moved,
    Kind.STATUS_CHANGED: _plain_status,
    Kind.PRIORITISED: _plain_prioritised,
    Kind.CATEGORISED: _plain_categorised,
    Kind.TYPE_CHANGED: _plain_type_changed,
    Kind.ARTICLE_DRAFTED: _plain_article,
    Kind.MERGED: _plain_merged,
    Kind.UNMERGED: _plain_merged,
    Kind.JOINED: _untold,
    Kind.UNFOLLOWED: _plain_unfollowed,
    Kind.UNDONE: _plain_undone,
    Kind.TARGET_WARNED: _untold,
    Kind.TARGET_MISSED: _untold,
    Kind.CLOSING_ANNOUNCED: _plain_closing_announced,
}


# Assembling -------------------------------------------------------------------------------------------------


def for_staff(ticket: Ticket, user: User, *, numbers: Iterable[int] | None = None) -> list[Entry]:
    """Everything, with internal notes; with `numbers` only these events. Empty for who does not see it as staff."""
    events = _events(ticket, user)
    entries = _assemble(
        ticket, user, STAFF, list(events if numbers is None else events.filter(number__in=numbers))
    )
    mark_days(entries, after=ticket.created_at)
    _add_comments(entries, user)
    return entries


def part_for_staff(
    ticket: Ticket,
    user: User,
    *,
    show: str = "all",
    with_events: bool = True,
    before: int | None = None,
    start: int | None = None,
) -> Part:
    """The newest part of the history, or the one before event `before`, or all from `start` on.

    `show` is all, requester (public messages) or notes. Costs the same however long the history is: it is read
    backwards by number, and never more than `MOST_AT_ONCE`.
    """
    history = _History(ticket, user, show, with_events)
    told, has_earlier, is_afresh = _some(history, before, start)
    filed = [told.pop(0)] if told and told[0].number == 1 else []
    if has_earlier and before is None and show != "notes":
        filed = history.first()
    entries = _assemble(ticket, user, STAFF, filed + told)
    _add_comments(entries, user)
    opening = entries.pop(0) if filed and entries else None
    mark_days(entries, after=ticket.created_at)
    first = told[0].number if told else ticket.version + 1
    return Part(
        entries, first if is_afresh or start is None else start, has_earlier, opening, is_afresh
    )


@dataclass(frozen=True)
class _History:
    """The events of a ticket that a reader sees, as `part_for_staff` narrows them."""

    ticket: Ticket
    user: User
    show: str
    with_events: bool

    def first(self) -> list[Event]:
        """The one with which the ticket was filed."""
        return self._ask("first", lambda events: events.filter(number=1))

    def since(self, number: int, most: int) -> list[Event]:
        """From this one on, the newest first."""
        return self._ask(
            ("since", most),
            lambda events: events.filter(number__gte=kept.Hole("start"))[:most],
            start=number,
        )

    def before(self, number: int | None, most: int) -> list[Event]:
        """The newest, or those before this one, the newest first."""
        if number is None:
            return self._ask(("newest", most), lambda events: events[:most])
        return self._ask(
            ("before", most),
            lambda events: events.filter(number__lt=kept.Hole("before"))[:most],
            before=number,
        )

    def _ask(
        self, which: Hashable, narrow: Callable[[EventQuerySet], EventQuerySet], **given: int
    ) -> list[Event]:
        key = ("history", self.user.reach, self.show, self.with_events, which)
        found = kept.instances(
            key, lambda: narrow(self._all().order_by("-number")), ticket=self.ticket.pk, **given
        )
        for event in found:
            event.ticket = self.ticket
        return found

    def _all(self) -> EventQuerySet:
        events = Event.objects.visible_to(self.user).filter(ticket=kept.Hole("ticket"))
        if self.show != "all" or not self.with_events:
            with_words = Q(kind__in=WITH_MESSAGE, data__has_key="message")
            events = events.filter(with_words | Q(kind=Kind.FORWARDED))
        if self.show != "all":
            events = events.filter(is_public=self.show == "requester")
        return events.select_related("actor")


def _some(
    history: _History, before: int | None, start: int | None
) -> tuple[list[Event], bool, bool]:
    """Events of one part in order; whether there are earlier ones; whether there are too many since `start`.

    The first event is no earlier one, since it is shown in any case.
    """
    if start is not None:
        since = history.since(start, MOST_AT_ONCE + 1)
        if len(since) <= MOST_AT_ONCE:
            return since[::-1], False, False
    found = history.before(before, A_PART + 2)
    has_earlier = len(found) > A_PART and found[A_PART].number > 1
    return found[: A_PART if has_earlier else None][::-1], has_earlier, start is not None


def for_requester(
    ticket: Ticket, user: User, *, numbers: Iterable[int] | None = None
) -> list[Entry]:
    """What the requester's side reads: public events in plain words; with `numbers` only these events."""
    events = _events(ticket, user).filter(is_public=True)
    told = list(events if numbers is None else events.filter(number__in=numbers))
    entries = _assemble(ticket, user, PLAIN, told, public_only=True)
    # On the portal the first day is named, too, unless it is today.
    mark_days(entries, after=timezone.now())
    return entries


def _events(ticket: Ticket, user: User) -> EventQuerySet:
    return ticket.events.visible_to(user).select_related("actor").order_by("number")


def _add_comments(entries: list[Entry], user: User) -> None:
    """Ratings with the words that came with them."""
    rated = [entry for entry in entries if entry.event.data.get("with_comment")]
    if rated:
        seen = Rating.objects.seen_as_staff_by(user)
        keys = [entry.event.data["rating"] for entry in rated]
        comments = dict(seen.filter(pk__in=keys).values_list("pk", "comment"))
        for entry in rated:
            entry.comment = comments.get(entry.event.data["rating"], "")


def mark_days(entries: list[Entry], *, after: datetime) -> None:
    """Name a day above its first entry; that of `after` is known, until another one follows."""
    day = timezone.localdate(after)
    for entry in entries:
        this = timezone.localdate(entry.at)
        entry.new_day = this != day
        day = this


def _assemble(
    ticket: Ticket,
    user: User,
    tellers: dict[str, Teller],
    told: list[Event],
    *,
    public_only: bool = False,
) -> list[Entry]:
    """Entries of these events, with their messages and files."""
    keys = [event.data["message"] for event in told if "message" in event.data]
    said = _said(ticket, user, keys, public_only=public_only)
    with_files: dict[int, list[Attachment]] = {}
    for attachment in _files(ticket, user, keys, public_only=public_only) if said else ():
        with_files.setdefault(attachment.message_id, []).append(attachment)
    if not public_only:
        _add_forwarded(told, said, with_files, user)
    refers = References.of(
        [message.body for message in said.values()],
        partial(
            Ticket.objects.visible_to if public_only else Ticket.objects.seen_as_staff_by, user
        ),
        on_desk=not public_only,
        mentions=not public_only,
    )
    names = Names.of(told, ticket, user)
    entries = [
        entry
        for event in told
        for entry in _tell(event, ticket, user, said, with_files, names, tellers)
    ]
    for entry in entries:
        if entry.message:
            entry.words = refers.show(entry.message.body, plain=entry.message.is_plain)
    return list(_gathered(entries))


def _said(ticket: Ticket, user: User, keys: list[int], *, public_only: bool) -> dict[int, Message]:
    """Those of these messages that the reader sees."""

    def messages() -> QuerySet[Message]:
        seen = Message.objects.visible_to(user).filter(ticket=kept.Hole("ticket"))
        seen = seen.filter(is_public=True) if public_only else seen
        original = Original.objects.filter(pk=OuterRef("pk"))
        return seen.select_related("author__department").annotate(has_original=Exists(original))

    key = ("said", user.reach, public_only)
    if len(keys) <= MOST_AT_ONCE + 1:  # a part of the history
        found = kept.in_bulk(key, messages, keys, ticket=ticket.pk)
    else:
        found = {one.pk: one for one in kept.instances(key, messages, ticket=ticket.pk)}
    for message in found.values():
        message.ticket = ticket
    return found


def _files(
    ticket: Ticket, user: User, keys: list[int], *, public_only: bool
) -> Iterable[Attachment]:
    """The files that came with these messages."""
    if not ticket.file_count:
        return ()
    files = ticket.attachments.visible_to(user)
    if public_only:
        files = files.filter(message__is_public=True)
    # Of a whole history all, of a part of it what belongs there.
    return files.filter(message__in=keys) if len(keys) <= MOST_AT_ONCE + 1 else files


def _add_forwarded(
    told: list[Event],
    said: dict[int, Message],
    with_files: dict[int, list[Attachment]],
    user: User,
) -> None:
    """Messages that stand on merged tickets, as far as this reader sees those."""
    keys = [event.data["forwarded"] for event in told if event.kind == Kind.FORWARDED]
    if not keys:
        return
    there = Message.objects.visible_to(user).filter(pk__in=keys)
    said |= {one.pk: one for one in there.select_related("author__department")}
    for attachment in Attachment.objects.visible_to(user).filter(message__in=list(said.keys() & set(keys))):  # fmt: skip
        with_files.setdefault(attachment.message_id, []).append(attachment)


def _tell(
    event: Event,
    ticket: Ticket,
    user: User,
    said: dict[int, Message],
    with_files: dict[int, list[Attachment]],
    names: Names,
    tellers: dict[str, Teller],
) -> Iterable[Entry]:
    if event.kind in WITH_MESSAGE and "message" in event.data:
        message = said.get(event.data["message"])
        if message is None:
            return
        message.attachments_list = with_files.get(message.pk, [])  # type: ignore[attr-defined]
        party = message.author_id in {ticket.requester_id, ticket.reporter_id}
        by_staff = event.data.get("by_staff", not (party or event.kind == Kind.REOPENED))
        yield Entry(
            "message" if message.is_public else "note",
            event,
            event.occurred_at,
            message=message,
            sentence=_headline(event, names),
            is_mine=message.author_id == user.pk,
            author_side="staff" if by_staff and event.kind != Kind.FILED else "requester",
            is_by_mail=event.origin == Ticket.Origin.MAIL,
            has_original=message.has_original,  # type: ignore[attr-defined]  # annotated
        )
        return
    if event.kind == Kind.FORWARDED and (message := said.get(event.data["forwarded"])):
        message.attachments_list = with_files.get(message.pk, [])  # type: ignore[attr-defined]
        where = numbers.show(event.data["other"])
        yield Entry("note", event, event.occurred_at, message=message, elsewhere=where)
        return
    line = tellers[event.kind](event, names)
    if line:
        yield Entry("event", event, event.occurred_at, icon=line[0], sentence=line[1])


def _gathered(entries: Iterable[Entry]) -> Iterable[Entry]:
    """Those who joined one after the other on one day as one line: of an outage it would be hundreds."""

    def joined_on(entry: Entry) -> date | None:
        event = entry.event
        is_plain = event.kind == Kind.JOINED and "priority" not in event.data.get("set", {})
        return timezone.localdate(entry.at) if is_plain else None

    for day, run in groupby(entries, key=joined_on):
        in_order = list(run)
        if day is None or len(in_order) == 1:
            yield from in_order
            continue
        last = in_order[-1]
        others = len(in_order) - 1
        words = ngettext(
            "{who} and {n} other have the same problem",
            "{who} and {n} others have the same problem",
            others,
        )
        last.sentence = _put(words, who=_who(last.event), n=others)
        yield last


def told(entry: Entry) -> SafeString:
    """The entry in one sentence where it stands by itself, without the message that a page shows with it."""
    if entry.sentence or entry.message is None:
        return entry.sentence
    who = _bold(entry.message.author.display_name)
    if entry.elsewhere:
        words = _("{who} wrote on {other}, which was merged into this")
        return _put(words, who=who, other=_bold(entry.elsewhere))
    words = {
        Kind.FILED: _("{who} reported this"),
        Kind.NOTED: _("{who} wrote an internal note"),
    }.get(Kind(entry.event.kind), _("{who} replied"))
    return _put(words, who=who)


def _headline(event: Event, names: Names) -> SafeString:
    """What a message did besides being said. An article is named to whoever may read it."""
    if event.kind == Kind.RESOLVED:
        code = Resolution(event.data["set"]["resolution_code"])
        article = names.articles.get(event.data["set"].get("solved_with_id") or 0)
        if article and article.is_published:
            where = format_html('<a href="{}">{}</a>', article.get_absolute_url(), article.title)
            return _put(_("Resolved: {code}. {article} says how."), code=code.label, article=where)
        return _put(_("Resolved: {code}"), code=code.label)
    if event.kind == Kind.REOPENED:
        return _put(_("Still broken: opened again"))
    if event.kind == Kind.WITHDRAWN:
        return _put(_("No longer needed: closed"))
    if event.kind == Kind.CLOSING_ANNOUNCED:
        return _put(_closes(event))
    return SafeString("")


def steps(ticket: Ticket, reader: User) -> list[Step]:
    """Received, being worked on, please check, closed: four steps in the employee's words."""
    theirs = is_party(reader, ticket)
    if ticket.merged_into_id:
        return [
            Step(_("Received"), "done", ticket.created_at),
            Step(_("Handled together with another report"), "current"),
        ]
    if ticket.resolution_code == Resolution.WITHDRAWN and not ticket.resolved_at:
        return [
            Step(_("Received"), "done", ticket.created_at),
            Step(_("No longer needed"), "done", ticket.closed_at),
        ]
    labels = [_("Received"), _("Being worked on"), _("To be checked"), pgettext("step", "Closed")]
    place = {Status.NEW: 0, Status.RESOLVED: 2, Status.CLOSED: 3}.get(Status(ticket.status), 1)
    if theirs:
        labels[2] = _("Please check")
    if ticket.status == Status.WAITING_REQUESTER:
        labels[1] = _("Waiting for you") if theirs else _("Waiting for an answer")
    if ticket.status == Status.WAITING_OTHER:
        labels[1] = _("On hold")
    labels[place] = ticket.outside_status or labels[place]
    times = [ticket.created_at, None, ticket.resolved_at, ticket.closed_at]
    last = len(labels) - 1

    def state(number: int) -> Literal["done", "current", "todo"]:
        if number < place or place == last:
            return "done"
        return "current" if number == place else "todo"

    return [Step(label, state(number), times[number]) for number, label in enumerate(labels)]
