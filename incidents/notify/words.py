"""What a notification says, told from ids when it is shown or sent; nothing of it is stored."""

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.bidi import isolated
from accounts.models import User
from incidents.tickets import promises, timeline
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Follower, Rating
from incidents.tickets.policies import is_party
from incidents.workflow.priority import Priority

Teller = Callable[[Event, User], str]
"""An event in one sentence, for one reader."""


def filed(event: Event, reader: User) -> str:
    if reader.pk == event.actor_id:
        return _("We have your report. You hear from us as soon as somebody looks at it.")
    if is_party(reader, event.ticket):
        return _("%(who)s reported this for you. We will look at it.") % _who(event)
    return _("%(who)s reported a problem") % _who(event)


def replied(event: Event, reader: User) -> str:
    return _("%(who)s replied") % _who(event)


def noted(event: Event, reader: User) -> str:
    if reader.pk in event.data.get("mentioned", ()):
        return _("%(who)s mentioned you in an internal note") % _who(event)
    return _("%(who)s wrote an internal note") % _who(event)


def assigned(event: Event, reader: User) -> str:
    to = event.data["set"]["assignee_id"]
    if to == reader.pk:
        return _("%(who)s gave you this ticket") % _who(event)
    if to == event.actor_id:
        return _("%(who)s took over your ticket") % _who(event)
    if to is None:
        return _("%(who)s put your ticket back into the queue") % _who(event)
    return _("%(who)s gave your ticket to somebody else") % _who(event)


def moved(event: Event, reader: User) -> str:
    if event.data["was"].get("assignee_id") == reader.pk:
        return _("%(who)s handed your ticket to another team") % _who(event)
    return _("%(who)s handed this ticket to your team") % _who(event)


def resolved(event: Event, reader: User) -> str:
    if is_party(reader, event.ticket):
        return _("%(who)s says this is solved. Please check that it works") % _who(event)
    return _("%(who)s resolved this ticket") % _who(event)


def reopened(event: Event, reader: User) -> str:
    return _("%(who)s says it is still broken") % _who(event)


def closed(event: Event, reader: User) -> str:
    if event.actor.is_system:
        return _("This ticket is closed now")
    return _("%(who)s confirmed that it works") % _who(event)


def closing_announced(event: Event, reader: User) -> str:
    closes_at = datetime.fromisoformat(event.data["set"]["closes_at"]).astimezone(reader.zone)
    return timeline.closes_unless(closes_at, is_asked=bool(event.data.get("waiting")))


def escalated(event: Event, reader: User) -> str:
    """For whoever is called: who called, and why."""
    if event.actor.is_system:
        return _("This ticket waits too long, so it was escalated to you")
    reason = isolated(event.data.get("reason", ""))
    return _("%(who)s calls for your help: %(reason)s") % {**_who(event), "reason": reason}


def prioritised(event: Event, reader: User) -> str:
    label = Priority(event.data["set"]["priority"]).label
    return _("%(who)s set the priority to %(priority)s") % {**_who(event), "priority": label}


def followed(event: Event, reader: User) -> str:
    return _("%(who)s added you to this ticket, so that you get its updates") % _who(event)


def undelivered(event: Event, reader: User) -> str:
    return _("A mail to somebody on this ticket could not be delivered")


def joined(event: Event, reader: User) -> str:
    return _("%(who)s has the same problem, which makes it critical") % _who(event)


def merged(event: Event, reader: User) -> str:
    if is_party(reader, event.ticket):
        return _(
            "We handle this together with another report. You can still write to us on your ticket."
        )
    return _("%(who)s merged your ticket into another one") % _who(event)


def forwarded(event: Event, reader: User) -> str:
    return _("%(who)s wrote on a ticket that was merged into this one") % _who(event)


def withdrawn(event: Event, reader: User) -> str:
    return _("%(who)s no longer needs this") % _who(event)


def rated(event: Event, reader: User) -> str:
    if event.data.get("later"):
        return _("%(who)s added a comment to the rating") % _who(event)
    score = Rating.Score(event.data["score"]).label
    return _("%(who)s rated this: %(score)s") % {**_who(event), "score": score}


def undone(event: Event, reader: User) -> str:
    now, was = event.data["set"], event.data["was"]
    if is_party(reader, event.ticket):
        return _("This was marked as solved by mistake. We go on with it")
    if now.get("assignee_id") == reader.pk:
        return _("%(who)s undid a change, so you have this ticket again") % _who(event)
    if was.get("assignee_id") == reader.pk:
        return _("%(who)s undid giving you this ticket") % _who(event)
    return _("%(who)s undid a change: this is not solved yet") % _who(event)


def target_warned(event: Event, reader: User) -> str:
    return promises.nearly_used(event.data["target"], event.data["share"])


def target_missed(event: Event, reader: User) -> str:
    return promises.missed(event.data["target"])


def nothing(event: Event, reader: User) -> str:
    """For kinds that nobody hears of: the ticket's page tells them."""
    return ""


def why(event: Event, reader: User) -> str:
    """Why somebody gets a mail, as its last line says."""
    if is_party(reader, event.ticket):
        return _("You get this because it is your ticket.")
    if event.kind == Kind.ESCALATED:
        return _("You get this because the ticket was escalated to you.")
    if event.ticket.assignee_id == reader.pk:
        return _("You get this because you take care of this ticket.")
    if Follower.objects.filter(ticket=event.ticket_id, user=reader).exists():
        return _("You get this because you follow this ticket.")
    return _("You get this because you chose to hear it by mail.")


def _who(event: Event) -> dict[str, str]:
    return {"who": isolated(event.actor.display_name)}
