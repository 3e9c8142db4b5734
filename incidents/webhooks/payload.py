"""What an endpoint is told: a fixed schema, made from the event's own values whenever it is sent.

Thin, it holds ids, raw values of what changed, and the address to ask for more: whoever may not read a ticket learns no
word of it from here. With words it also has titles, names and the message; internal ones only for an endpoint that
hears internal events (security row L1).

What happened comes from the log, so it is the same on every try. What things are called, and how the ticket stands, is
told as it is when the message is sent.
"""

import json
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models import Q

from accounts.models import Team, User
from incidents.tickets import numbers
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Category, Event, Message, Service
from incidents.webhooks.listening import is_public
from incidents.webhooks.models import Endpoint, Post

PUBLIC_FIELDS = ("status", "resolution", "priority", "type", "category_id", "service_id")
"""What of a change the requester's side may know."""
INTERNAL_FIELDS = (*PUBLIC_FIELDS, "step", "team_id", "assignee_id", "impact", "urgency")
TEST = "webhook.test"

Json = dict[str, Any]


def body(post: Post, endpoint: Endpoint) -> bytes:
    return json.dumps(payload(post, endpoint), ensure_ascii=False, separators=(",", ":")).encode()


def payload(post: Post, endpoint: Endpoint) -> Json:
    if post.event is None:
        return {"type": TEST, "timestamp": _time(post.made_at), "data": {"webhook": endpoint.name}}
    event = post.event
    return {
        "type": type_of(event.kind),
        "timestamp": _time(event.occurred_at),
        "data": _data(event, endpoint),
    }


def type_of(kind: str) -> str:
    return f"ticket.{kind}"


def _data(event: Event, endpoint: Endpoint) -> Json:
    ticket = event.ticket
    told: Json = {
        "event": {"number": event.number, "is_public": is_public(event)},
        "ticket": {
            "reference": ticket.ref,
            "url": settings.SITE_URL + ticket.get_absolute_url(),
            "api_url": f"{settings.SITE_URL}/api/v1/tickets/{ticket.ref}",
        },
        "actor": {"id": event.actor_id},
        "change": _change(event, endpoint) | _happened(event, endpoint),
    }
    if names := _names(told["change"], endpoint):
        told["names"] = names
    if message := event.data.get("message"):
        told["message"] = {"id": message}
    if endpoint.is_full:
        _add_words(told, event, endpoint)
    return told


def _change(event: Event, endpoint: Endpoint) -> Json:
    """`{field: {"from": …, "to": …}}`, raw values and keys."""
    fields = INTERNAL_FIELDS if endpoint.is_internal else PUBLIC_FIELDS
    now, was = event.data.get("set", {}), event.data.get("was", {})
    return {
        name.removesuffix("_id"): {"from": was.get(name), "to": now[name]}
        for name in fields
        if name in now
    }


def _happened(event: Event, endpoint: Endpoint) -> Json:
    """What is no field of the ticket: tags, another ticket, people."""
    data, told = event.data, Json()
    if event.kind == Kind.TAGGED:
        told["tags"] = {"added": data["added"], "removed": data["removed"]}
    if event.kind == Kind.RETITLED and endpoint.is_full:
        told["title"] = {"from": data["was"].get("title"), "to": data["set"]["title"]}
    if "other" in data:
        told["other"] = {"reference": numbers.show(data["other"]), "is_back": data.get("back", False)}  # fmt: skip
        if "link" in data:
            told["other"]["link"] = data["link"]
    joined = event.kind == Kind.JOINED or data.get("had_joined")
    if "who" in data and (endpoint.is_internal or not joined):
        told["person"] = {"id": data["who"]}
    if event.kind == Kind.ESCALATED:
        words = ("chain", "level", "reason") if endpoint.is_full else ()
        how = {name: data[name] for name in ("step", *words) if name in data}
        told["escalation"] = {"told": data.get("told", []), **how}
    return told


def _names(change: Json, endpoint: Endpoint) -> Json:
    """What the ids in a change stand for, with an address (“slug”) that the API takes; in words where these are told.

    Nothing of what few people see, unless the webhook is that team's.
    """
    found: Json = {}
    for name, rows in (
        ("category", Category.objects.filter(is_confined=False)),
        ("service", Service.objects.all()),
        ("team", Team.objects.filter(Q(is_private=False) | Q(pk=endpoint.team_id))),
    ):
        keys = {key for key in change.get(name, {}).values() if key is not None}
        if keys:
            found[name] = {
                str(one.pk): {"slug": one.slug} | ({"name": one.name} if endpoint.is_full else {})
                for one in rows.filter(pk__in=keys)
            }
    if people := _people(change) if endpoint.is_full else set():
        named = User.objects.filter(pk__in=people)
        found["person"] = {str(one.pk): {"name": one.display_name} for one in named}
    return found


def _people(change: Json) -> set[int]:
    keys = {*change.get("assignee", {}).values(), change.get("person", {}).get("id")}
    return (keys | set(change.get("escalation", {}).get("told", ()))) - {None}


def _add_words(told: Json, event: Event, endpoint: Endpoint) -> None:
    ticket = event.ticket
    told["ticket"] |= {
        "title": ticket.title,
        "status": ticket.status,
        "priority": ticket.priority,
        "type": ticket.type,
        "category": ticket.category and ticket.category.name,
    }
    told["actor"]["name"] = event.actor.display_name
    if "message" in told:
        said = Message.objects.filter(pk=told["message"]["id"], ticket=ticket, removed_at=None)
        if not endpoint.is_internal:
            said = said.filter(is_public=True)
        text = said.values_list("body", flat=True).first()
        if text is not None:
            told["message"]["text"] = text


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
