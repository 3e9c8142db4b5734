"""How the demo's agents have set up their desk: views, canned replies, macros, absences, and what they keep beside tickets."""

import re
import tomllib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Absence
from incidents.demo.company import FOLDER, Company
from incidents.desk.models import CannedReply, Macro, SavedView, Scope
from incidents.tickets import actions
from incidents.tickets.models import DeskReading, Hypothesis, Mention, Ticket

KEEPER = "kit.bramble"
"""Who keeps what belongs to everybody, or to a team."""
PLACE = re.compile(r"\((person|team):([a-z.-]+)\)")
STILL_NEW = timedelta(hours=24)


def told() -> dict[str, Any]:
    """What `desk.toml` says."""
    return tomllib.loads((FOLDER / "desk.toml").read_text(encoding="utf-8"))


def set_up(company: Company, tickets: Iterable[Ticket], *, now: datetime) -> None:
    """Everything but what is kept beside tickets, which has its time in their history: see `keep`."""
    desk = told()
    for place, view in enumerate(desk["view"]):
        SavedView.objects.create(query=view["query"], position=place, **_whose(company, view))
    for reply in desk["canned"]:
        CannedReply.objects.create(body=reply["body"].strip(), **_whose(company, reply))
    for macro in desk["macro"]:
        Macro.objects.create(
            description=macro["description"], steps=macro["steps"], **_whose(company, macro)
        )
    for absence in desk["absence"]:
        Absence.objects.create(
            user=company.people[absence["person"]],
            starts_on=now.date() + timedelta(days=absence["first"]),
            ends_on=now.date() + timedelta(days=absence["last"]),
            note=absence["note"],
            entered_by=company.people[KEEPER],
        )
    _read(company, tickets, now=now)


def _whose(company: Company, one: dict[str, Any]) -> dict[str, Any]:
    owner, what = company.people[KEEPER], {"name": one["name"]}
    if one["for"] == "everybody":
        return {**what, "owner": owner, "scope": Scope.EVERYBODY}
    if team := company.teams.get(one["for"]):
        return {**what, "owner": owner, "scope": Scope.TEAM, "team": team}
    return {**what, "owner": company.people[one["for"]], "scope": Scope.MINE}


def keep(company: Company, ticket: Ticket, kept: dict[str, Any], *, at: datetime) -> None:
    """Tags, a checklist, hypotheses, time and a note on one ticket, as one of its agents keeps them."""
    by = company.people[kept["by"]]
    actions.tag(ticket, add=kept.get("tags", ()), by=by, at=at)
    for one in kept.get("hypotheses", ()):
        stated = actions.state_hypothesis(ticket, one["text"], by=by, at=at)
        if url := one.get("evidence"):
            actions.add_evidence(ticket, stated.pk, url=url, by=by, at=at)
        if one["state"] != Hypothesis.State.OPEN:
            actions.settle_hypothesis(ticket, stated.pk, to=one["state"], by=by, at=at)
    if steps := kept.get("steps"):
        for step in actions.add_steps(ticket, steps, by=by, at=at)[: kept.get("done", 0)]:
            actions.tick_step(ticket, step.pk, done=True, by=by, at=at)
    if minutes := kept.get("minutes"):
        actions.spend(ticket, minutes, by=by, at=at)
    if note := kept.get("note"):
        actions.note(ticket, _with_keys(company, note), by=by, at=at)


def _with_keys(company: Company, note: str) -> str:
    """Who is named in the text, by the keys that the portal knows them by."""

    def key(found: re.Match[str]) -> str:
        known = company.people if found[1] == "person" else company.teams
        return f"({found[1]}:{known[found[2]].pk})"

    return PLACE.sub(key, note)


def _read(company: Company, tickets: Iterable[Ticket], *, now: datetime) -> None:
    """The demo accounts on the desk have read their own tickets but for what is of today, and older mentions."""
    people = [person for person, _role in company.accounts if person.is_agent]
    before = now - STILL_NEW
    keys = [ticket.pk for ticket in tickets]
    rows = Ticket.objects.filter(pk__in=keys, updated_at__lt=before).only("pk", "version")
    DeskReading.objects.bulk_create(
        [
            DeskReading(ticket=ticket, user=person, version=ticket.version)
            for ticket in rows
            for person in people
        ],
        ignore_conflicts=True,
    )
    Mention.objects.filter(created_at__lt=before, seen_at=None).update(seen_at=timezone.now())
