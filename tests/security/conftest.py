"""A small world in which every secret has a token of its own, and knows who may read it."""

import json
import re
import secrets
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from accounts.access import Scope
from accounts.actions import make_token
from accounts.models import AdminChange, Department, Role, Team, User
from accounts.sso.models import Provider
from incidents.api import limits
from incidents.desk.models import BulkRun, Macro
from incidents.escalation.models import Chain, Level
from incidents.mail.models import Copied, Mailbox, RawMail, Vouched
from incidents.notify.addresses import thread_id
from incidents.portal import feeds
from incidents.portal.models import Announcement
from incidents.sla import actions as actions_of_sla
from incidents.sla.models import Calendar, HolidaySet, Policy
from incidents.sla.rules import content_of_holidays
from incidents.tickets import actions, ratings
from incidents.tickets.actions.change_questions import change_questions
from incidents.tickets.models import Category, Draft, Service, Ticket
from incidents.tickets.questions import check
from incidents.webhooks.models import Endpoint, Post
from incidents.workflow.models import IncidentType, Matrix
from knowledge import actions as knowledge
from knowledge import places
from knowledge.models import (
    Article,
    ArticleDraft,
    Outline,
    Review,
    ReviewTask,
    Section,
    Synonym,
)
from tests.conftest import make_person
from tests.incidents.mail.letters import arrive, write
from tests.incidents.tickets.uploads import text_file
from tests.security.inventory import ROLES


@dataclass
class World:
    """People by role, things by name for `{placeholders}` of paths, and canaries by token."""

    people: dict[str, User] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)
    readers: dict[str, set[str]] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    def canary(self, what: str, *readers: str) -> str:
        """A token that only these roles may ever receive."""
        token = f"zq{what}{secrets.token_hex(5)}"
        self.readers[token] = set(readers)
        return token

    def forbidden_to(self, role: str) -> list[str]:
        return [token for token, readers in self.readers.items() if role not in readers]

    def program(self, role: str) -> Client:
        """A program with a token of this role's person, for everything that a token can be for."""
        if role not in self.secrets:
            person = self.people[role]
            _token, self.secrets[role] = make_token(
                person, by=person, name="Script", scopes=list(Scope), days=7
            )
        return Client(headers={"Authorization": f"Bearer {self.secrets[role]}"})

    def body(self, line: dict[str, Any]) -> dict[str, Any]:
        """What a line of the matrix sends, as arguments of a client."""
        if "form" in line:
            filled = {name: self.path(value) for name, value in line["form"].items()}
            kind = "application/x-www-form-urlencoded"
            return {"data": urlencode(filled), "content_type": kind}
        if "json" not in line:
            return {}
        return {"data": self.path(json.dumps(line["json"])), "content_type": "application/json"}

    def path(self, template: str) -> str:
        """A path with its `{placeholders}` filled in."""
        return re.sub(r"\{(\w+)\}", lambda match: str(self.things[match[1]]), template)


NETWORK_STAFF = ("agent", "lead", "manager", "admin", "auditor")
ALL_STAFF_VIEW = ("manager", "admin", "auditor")
PARTIES = ("requester", "follower")


def build() -> World:
    world = World()
    network = Team.objects.create(name="Network", slug="network")
    workplace = Team.objects.create(name="Workplace", slug="workplace")
    security = Team.objects.create(name="Security", slug="security", is_private=True)
    finance = Department.objects.create(name="Finance")
    roles: dict[str, tuple[Any, ...]] = {
        "requester": (), "stranger": (), "follower": (),
        "agent": (("agent", network),), "other_agent": (("agent", workplace),), "lead": (("team-lead", network),),
        "manager": ("incident-manager",), "editor": ("knowledge-editor",), "admin": ("administrator",), "auditor": ("auditor",),
    }  # fmt: skip
    for role, held in roles.items():
        phone = world.canary(f"phone{role}", *ROLES[1:]) if role == "agent" else ""
        world.people[role] = make_person(
            f"{role.title().replace('_', ' ')} Person",
            *held,
            department=finance,
            email=f"{role}@example.com",
            phone=phone,
        )
    people = world.people
    # An agent's phone is shown to no requester; administration shows it to those who manage people.
    for token in list(world.readers):
        world.readers[token] = {"agent", "lead", "manager", "admin", "auditor"}

    vpn = Category.objects.create(name="VPN", slug="vpn", default_team=network)
    laptop = Category.objects.create(name="Laptop", slug="laptop", default_team=workplace)
    breach = Category.objects.create(name="Break-in", slug="break-in", default_team=security)
    service = Service.objects.create(name="VPN access", slug="vpn-access", owner_team=network)
    section = Section.objects.create(name="Wi-Fi and VPN", slug="network")

    seen = world.canary("ticket", *PARTIES, *NETWORK_STAFF)
    ticket = actions.file(
        f"VPN {seen}",
        by=people["requester"],
        description=f"It drops {seen}",
        category=vpn,
        service=service,
    )
    actions.follow(ticket, who=people["follower"], by=people["requester"])
    actions.take(ticket, by=people["agent"])
    note, note_file = world.canary("note", *NETWORK_STAFF), world.canary("notefile", *NETWORK_STAFF)
    actions.note(
        ticket,
        f"ACL {note}",
        by=people["agent"],
        files=[text_file(f"{note_file}.log", note_file.encode())],
    )
    public_file = world.canary("file", *PARTIES, *NETWORK_STAFF)
    replied = actions.reply(
        ticket,
        "See the file",
        by=people["agent"],
        files=[text_file(f"{public_file}.log", public_file.encode())],
    )
    reason = world.canary("reason", *NETWORK_STAFF)
    actions.set_priority(ticket, override=1, reason=reason, by=people["agent"])

    step, cause, link, spent, tag = (
        world.canary(what, *NETWORK_STAFF)
        for what in ("step", "hypothesis", "evidence", "timenote", "tag")
    )
    actions.propose(ticket, type="complex", reasons=[{"why": "teams", "n": 3}])
    proposal = ticket.proposals.get()
    (item,) = actions.add_steps(ticket, [f"Ask {step}"], by=people["agent"])
    hypothesis = actions.state_hypothesis(ticket, f"Old {cause}", by=people["agent"])
    actions.add_evidence(
        ticket,
        hypothesis.pk,
        url=f"https://logs.example.com/{link}",
        label=link,
        by=people["agent"],
    )
    entry = actions.spend(ticket, 20, note=f"Called {spent}", by=people["agent"])
    actions.tag(ticket, add=[tag], by=people["agent"])

    order = Category.objects.create(name="Order", slug="order", default_team=network)
    asks = change_questions(
        order, [{"key": "why", "kind": "text", "label": "What for?"}], by=people["admin"]
    )
    change_questions(
        IncidentType.objects.get(slug="complex"),
        [{"key": "why", "kind": "text", "label": "What was tried?"}],
        by=people["admin"],
    )
    answered = world.canary("answer", "requester", *NETWORK_STAFF)
    former = world.canary("formeranswer", *NETWORK_STAFF)
    ordered = actions.file(
        "A screen", by=people["requester"], description="Two.", category=order,
        answers=check(asks, {"why": former}),
    )  # fmt: skip
    actions.answer(ordered, answers=check(asks, {"why": answered}), by=people["agent"])

    elsewhere = world.canary("elsewhere", "stranger", "other_agent", *ALL_STAFF_VIEW)
    other = actions.file(
        f"Laptop {elsewhere}", by=people["stranger"], description=elsewhere, category=laptop
    )
    actions.note(
        other, world.canary("othernote", "other_agent", *ALL_STAFF_VIEW), by=people["other_agent"]
    )
    private = world.canary("private", "stranger")
    hidden = actions.file(
        f"Break-in {private}",
        by=people["stranger"],
        description=private,
        category=breach,
        impact="team",
    )
    # Of what is offered to others everybody who signed in may know the title, and nothing else.
    offered = actions.file(
        f"VPN for all {world.canary('offered', *ROLES[1:])}",
        by=people["stranger"],
        description=world.canary("offeredtext", "stranger", "follower", *NETWORK_STAFF),
        category=vpn,
        impact="many",
    )
    actions.join(offered, by=people["follower"])

    # Two people's tickets merged: neither learns a word of the other, staff read both.
    of_target = world.canary("target", "stranger", *NETWORK_STAFF)
    target = actions.file(
        f"Tunnel {of_target}", by=people["stranger"], description=of_target, category=vpn
    )
    of_double = world.canary("double", "requester", *NETWORK_STAFF)
    double = actions.file(
        f"Same {of_double}", by=people["requester"], description=of_double, category=vpn
    )
    actions.merge(double, into=target, by=people["agent"], tell=True)
    actions.reply(double, of_double, by=people["requester"])
    actions.reply(target, of_target, by=people["agent"])
    actions.reply(
        target,
        world.canary("toboth", "stranger", "requester", *NETWORK_STAFF),
        by=people["agent"],
        also_merged=True,
    )

    payroll = Category.objects.create(
        name="Payroll", slug="payroll", default_team=network, is_confidential=True, is_confined=True
    )
    pay = world.canary("confidential", "stranger", "agent", "lead")
    confidential = actions.file(
        f"Pay {pay}",
        by=people["stranger"],
        description=pay,
        category=payroll,
        impact="team",
        files=[text_file(f"{pay}.txt", pay.encode())],
    )
    actions.note(
        confidential, world.canary("confidentialnote", "agent", "lead"), by=people["agent"]
    )

    writers = ("agent", "other_agent", "lead", "manager", "editor", "admin")
    draft = world.canary("draft", *writers, "auditor")
    now = timezone.now()
    unpublished = knowledge.draft(
        f"Draft {draft}", by=people["editor"], body=f"Body {draft}", section=section
    )
    for_staff = world.canary("staffarticle", *writers, "auditor")
    staff_article = knowledge.draft(
        f"Runbook {for_staff}",
        by=people["editor"],
        body=f"Body {for_staff}",
        audience="staff",
        section=section,
    )
    knowledge.publish(staff_article, by=people["editor"])
    for_employees = world.canary("article", *ROLES[1:])
    article = knowledge.draft(
        f"VPN article {for_employees}", by=people["editor"], body=for_employees, section=section
    )
    knowledge.publish(article, by=people["editor"])
    next_draft = world.canary("nextdraft", *writers, "auditor")
    knowledge.revise(
        article, by=people["editor"], title=article.title, body=f"{for_employees} {next_draft}"
    )

    legal = Department.objects.create(name="Legal")
    kept = Section.objects.create(name="Kept by Security", slug="kept")
    kept.keepers.add(security)

    def for_few(token: str, **readers: Any) -> Article:
        """An article that nobody here reads as a writer, since its category is kept by people who are not here."""
        few = knowledge.draft(
            f"Runbook {token}", by=people["editor"], body=f"Body {token}", tags=[token]
        )
        if readers:
            place = places.given(section=few.section, kind=few.kind, is_featured=True, **readers)
            few = knowledge.settle(few, place=place, by=people["editor"])
            few = knowledge.publish(few, by=people["editor"])
        Article.objects.filter(pk=few.pk).update(section=kept)
        return few

    department_article = for_few(
        world.canary("departmentarticle"), audience="departments", departments=[legal]
    )
    team_article = for_few(
        world.canary("teamarticle", "other_agent"), audience="teams", teams=[workplace]
    )
    kept_draft = for_few(world.canary("keptdraft"))
    archived = for_few(world.canary("archived"), audience="everybody")
    Article.objects.filter(pk=archived.pk).update(state=Article.State.ARCHIVED)

    asked_of_few = world.canary("keptreview")
    Review.objects.create(
        article=kept_draft, number=1, asked_by=people["editor"], asked_at=now, message=asked_of_few
    )
    ReviewTask.objects.create(article=department_article, reason="due", created_at=now)
    knowledge.ask_review(
        article, by=people["editor"], message=world.canary("reviewwords", *writers)
    )

    attached = world.canary("articlefile", *ROLES[1:])
    article_file = knowledge.bring_file(
        text_file(f"{attached}.log", attached.encode()), by=people["editor"], article=article, is_listed=True,
    )  # fmt: skip
    in_draft = world.canary("draftfile", *writers)
    draft_file = knowledge.bring_file(
        text_file(f"{in_draft}.log", in_draft.encode()), by=people["editor"], article=unpublished, is_listed=True,
    )  # fmt: skip
    typing_article = world.canary("articletyping", *writers)
    ArticleDraft.objects.create(
        user=people["editor"], article=article, form={"title": ["x"], "body": [typing_article]}, based_on=2,
        changed_at=now,
    )  # fmt: skip

    # What a reader writes of an article is for them and for those who may write where it stands.
    said = world.canary("comment", "requester", *writers)
    knowledge.vote(article, is_helpful=False, by=people["requester"])
    word = knowledge.comment(
        article, why="", comment=said, by=people["requester"], number=article.published_number or 1
    )
    knowledge.answer_comment(word, answer=f"Because {said}", by=people["editor"])

    typing = world.canary("typing", "stranger")
    Draft.objects.create(
        user=people["stranger"],
        form="new-ticket",
        text={"title": [typing], "description": [typing]},
    )
    run = BulkRun.objects.create(
        by=people["agent"], act="note", label=world.canary("run", "agent"), state="done", total=1, refused=1,
    )  # fmt: skip
    run.items.create(ticket=ticket, state="refused", message=world.canary("refusal", "agent"))
    macro = Macro.objects.create(
        owner=people["agent"], name=world.canary("macro", "agent"),
        steps=[{"act": "note", "with": {"text": world.canary("macrostep", "agent")}}],
    )  # fmt: skip
    changed = world.canary("adminchange", "admin", "auditor")
    AdminChange.objects.create(
        actor=people["admin"],
        action="changed",
        kind="person",
        object_id="1",
        label=changed,
        before={},
        after={"name": changed},
    )
    used_elsewhere = Service.objects.create(name="Registry", slug="registry")
    used_elsewhere.used_by.add(legal)
    for_all = Announcement.objects.create(title="Maintenance", starts_at=now)
    for_legal, _of_registry = (
        # Who writes or audits announcements sees them in administration; nobody else here is of that department.
        Announcement.objects.create(
            title=f"Notice {token}", body=f"Words {token}", starts_at=now, **audience
        )
        for token, audience in (
            (world.canary("elsewhere", *ALL_STAFF_VIEW), {"department": legal}),
            (world.canary("otherservice", *ALL_STAFF_VIEW), {"service": used_elsewhere}),
        )
    )
    commented = world.canary("rating", "requester", *NETWORK_STAFF)
    rated = actions.file("Rated", by=people["requester"], description="Was slow.", category=vpn)
    actions.follow(rated, who=people["follower"], by=people["requester"])
    actions.resolve(rated, "Faster now.", code="fixed", by=people["agent"])
    actions.confirm(rated, by=people["requester"])
    actions.rate(rated, score=2, by=people["requester"], comment=f"Because {commented}")
    unrated = actions.file("Unrated", by=people["requester"], description="Slow.", category=vpn)
    actions.resolve(unrated, "Faster now.", code="fixed", by=people["agent"])
    unrated = actions.confirm(unrated, by=people["requester"])
    asked = ratings.question(unrated, people["requester"], at=now)

    # Never for anybody's eyes.
    people["stranger"].password = world.canary("passwordhash")
    people["stranger"].save(update_fields=["password"])

    provider = Provider.objects.create(
        kind="oidc",
        name="Provider",  # stands on the sign-in page
        slug="provider",
        is_on=True,
        issuer="https://idp.invalid",
        client_id="c",
    )
    level = Level.objects.create(name=f"Level {token}", role=Role.objects.get(slug="team-lead"))
    chain = Chain.objects.create(name=f"Chain {token}")

    endpoint = Endpoint.objects.create(
        name=f"Webhook {token}", url="https://192.0.2.1/", kinds=["filed"],
        former_secret=world.canary("webhooksecret"),
    )  # fmt: skip
    post = Post.objects.create(endpoint=endpoint, event=ticket.events.get(number=1), state="failed")

    days_off = HolidaySet.objects.create(name="Company days")
    wanted = actions_of_sla.draft_change(
        "holidays", days_off, content_of_holidays(days_off), by=people["admin"]
    )
    (held, *more_held), mailed, cc = _mail(world, ticket, network)
    vouched = Vouched.objects.create(
        mailbox=held.mailbox, address="let-in@elsewhere.example", vouched_by=people["agent"]
    )
    world.things = {
        "mailbox_pk": held.mailbox_id,
        "vouched_pk": vouched.pk,
        "feed_token": feeds.make(people["stranger"], "calendar"),
        "news_token": feeds.make(people["stranger"], "announcements"),
        "endpoint_pk": endpoint.pk, "post_pk": post.pk,
        "provider_pk": provider.pk, "provider": provider.slug,
        "held_mail": held.pk, "other_held_mail": more_held[0].pk, "mailed": mailed, "copied_pk": cc.pk,
        "chain_pk": chain.pk, "level_pk": level.pk,
        "sla_policy_pk": Policy.objects.get().pk, "sla_calendar_pk": Calendar.objects.get().pk, "sla_holidays_pk": days_off.pk, "sla_change_pk": wanted.pk,
        "announcement_pk": for_all.pk, "other_announcement_pk": for_legal.pk, "registry_pk": used_elsewhere.pk,
        "step_pk": item.pk, "proposal_pk": proposal.pk, "type_pk": IncidentType.objects.get(slug="complex").pk, "matrix_pk": Matrix.objects.get().pk, "hypothesis_pk": hypothesis.pk, "entry_pk": entry.pk,
        "rated_ticket": rated.ref, "rating_token": asked.token,
        "offered_ticket": offered.ref, "merge_target": target.ref, "merged_ticket": double.ref, "message": ticket.messages.earliest("pk").pk,
        "ticket": ticket.ref, "other_ticket": other.ref, "hidden_ticket": hidden.ref, "team": "network", "other_team": "workplace",
        "private_team": "security", "article": article.slug, "draft_article": unpublished.slug, "staff_article": staff_article.slug,
        "department_article": department_article.slug, "team_article": team_article.slug, "kept_draft": kept_draft.slug,
        "archived_article": archived.slug,
        "token": ticket.attachments.get(pk=replied.data["files"][0]).token, "file": f"{public_file}.log",
        "note_token": ticket.attachments.exclude(pk=replied.data["files"][0]).get().token,
        "person": people["requester"].pk, "stranger": people["stranger"].pk, "follower": people["follower"].pk,
        "role": Role.objects.get(slug="agent").pk, "team_pk": network.pk, "category": vpn.slug, "category_pk": vpn.pk,
        "other_category_pk": laptop.pk, "service_pk": service.pk, "department_pk": finance.pk, "section_pk": section.pk,
        "article_token": article_file.token, "draft_article_token": draft_file.token,
        "outline_pk": Outline.objects.earliest("pk").pk, "synonym_pk": Synonym.objects.create(words=["vpn", "tunnel"]).pk, "article_pk": article.pk, "draft_article_pk": unpublished.pk, "ticket_pk": ticket.pk, "section": section.slug,
        "run": run.pk, "macro": macro.pk, "asked_ticket": ordered.ref, "asking_pk": order.pk, "change_pk": AdminChange.objects.latest("pk").pk,
    }  # fmt: skip
    return world


def _mail(world: World, ticket: Ticket, team: Team) -> tuple[list[RawMail], int, Copied]:
    """Two mails that wait for their team; one that is on the ticket, with its HTML; and somebody who got it, too."""
    box = Mailbox.objects.create(
        slug="network", address="network@example.com", name="Network", team=team, host="imap.invalid",
        username="network", password=world.canary("mailboxpassword"),
    )  # fmt: skip
    stranger = write(
        "outside@elsewhere.example",
        world.canary("heldmail", "agent", "lead", "manager", "admin"),
        to=box.address,
    )
    held = [arrive(box, stranger)]
    held.append(arrive(box, write("outside@elsewhere.example", "Once more.", to=box.address)))
    requester = world.people["requester"]
    said = write(
        requester, text="It is the same at home.", html="<p>It is the <b>same</b> at home.</p>", to=box.address,
        Cc="Boss <boss@elsewhere.example>", In_Reply_To=thread_id(ticket.number),
    )  # fmt: skip
    taken = arrive(box, said)
    return held, taken.message_id, Copied.objects.get(ticket=ticket)


@pytest.fixture(autouse=True)
def _patient_api(settings: Any) -> None:
    """The API lets one machine ask as often as these tests do, without a token too."""
    for limit in ("API_REQUESTS_PER_TOKEN", "API_REQUESTS_PER_NETWORK", "API_BAD_TOKENS_PER_NETWORK"):  # fmt: skip
        setattr(settings, limit, 1_000_000)
    limits.forget()


@pytest.fixture(scope="module")
def built(kept_for_module: None) -> World:
    return build()


@pytest.fixture
def world(built: World, db: None) -> World:
    return deepcopy(built)


__all__ = ["Article", "Ticket", "World", "build"]
