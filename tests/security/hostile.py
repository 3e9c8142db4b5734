"""H3: every payload of the corpus put into everything that people can type, through the verbs. Run inside the site."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.actions import invite, make_service_account, make_token
from accounts.files import check
from accounts.models import Department, Role, Team, User
from accounts.sso.models import GroupRule, Provider
from incidents.desk.models import CannedReply, Macro, SavedView
from incidents.escalation import configuring
from incidents.escalation.models import Chain, ChainStep, Level
from incidents.mail.models import Fetching, Mailbox, Vouched
from incidents.notify.models import LetterText
from incidents.portal.models import Announcement
from incidents.privacy.actions.rules import add_rule
from incidents.privacy.models import RetentionRule
from incidents.sla import actions as sla
from incidents.sla import rules
from incidents.sla.models import Calendar, Change, HolidaySet, Policy
from incidents.tickets import actions, ratings
from incidents.tickets.actions.shape_workflow import shape_workflow
from incidents.tickets.models import Category, ClosingRule, Service, Ticket
from incidents.webhooks.models import Attempt, Endpoint, Post
from incidents.workflow import rulebook
from incidents.workflow.actions import add_workflow, matrices, types
from incidents.workflow.models import IncidentType, Workflow
from incidents.workflow.rulebook import Place, Way
from incidents.workflow.seeds import cells
from incidents.workflow.states import Status
from knowledge import actions as knowledge
from knowledge.actions.feedback import LONGEST_COMMENT
from knowledge.models import Section
from tests.incidents.mail.letters import arrive, write

PAYLOADS = Path(__file__).with_name("payloads.txt").read_text().splitlines()
HOME = "workplace"
SCRIPT = "<script>pwned()</script>"
IMAGE = "<img src=x onerror=pwned()>"


def make_wide() -> None:
    """From here on, words that fit no line and end nowhere take the payloads' place."""
    PAYLOADS[:] = [f"{number}{'Wm' * 130}" for number in range(len(PAYLOADS))]
    PAYLOADS[54:56] = "W" * 110, "W" * 40  # those that shorter fields take


def seed() -> dict[str, str]:
    """Fill the demo company with payloads. Returns the addresses of the places they ended up in."""
    agent = User.objects.get(email="agent@example.com")
    employee = User.objects.get(email="employee@example.com")
    editor = User.objects.get(email="editor@example.com")
    script = SCRIPT
    department = Department.objects.create(name=f"{script}{PAYLOADS[1]}"[:80])
    person = User.objects.create_user(
        "hostile@example.com", "firebreak-demo", display_name=f"{script} {PAYLOADS[1]} {PAYLOADS[55]}"[:120],
        department=department, phone="<img src=x onerror=pwned()>", location=PAYLOADS[54],
    )  # fmt: skip
    category = Category.objects.create(
        name=f"{script}{PAYLOADS[1]}"[:80],
        slug="hostile",
        description=PAYLOADS[2],
        default_team=Team.objects.get(slug=HOME),
    )
    service = Service.objects.create(
        name=f"{script} service", slug="hostile", description=PAYLOADS[1]
    )

    for payload in PAYLOADS:
        actions.file(
            payload[:200], by=person, description=payload, category=category, service=service
        )
    mine = actions.file(
        "Hostile words",
        by=employee,
        description="\n\n".join(PAYLOADS),
        category=category,
        service=service,
    )
    actions.take(mine, by=agent)
    for payload in PAYLOADS:
        actions.reply(mine, payload, by=employee)
        actions.note(mine, payload, by=agent)
    actions.reply(
        mine, "Files", by=employee,
        files=[check(SimpleUploadedFile(f"{payload}.txt", payload.encode())) for payload in PAYLOADS[:5]],
    )  # fmt: skip
    lead = User.objects.get(email="lead@example.com")
    for payload in PAYLOADS[:20]:
        named = (
            f"@[{payload[:60]}](person:{lead.pk}) @[{payload[:60]}](person:{agent.pk}) {mine.ref}"
        )
        actions.note(mine, f"{named} {payload}", by=lead)
        CannedReply.objects.create(owner=agent, name=f"{script}{payload}"[:80], body=payload or "-")
    beside = PAYLOADS[:20]
    actions.add_steps(mine, [payload[:200] for payload in beside], by=agent)
    actions.tag(mine, add=[script, '"><img-src=x-onerror=pwned()>'], by=agent)
    for payload in (one for one in beside if one.strip()):
        cause = actions.state_hypothesis(mine, payload[:300], by=agent)
        actions.add_evidence(mine, cause.pk, url="https://x.example/", label=payload, by=agent)
        actions.spend(mine, 5, note=payload[:200], by=agent)
    actions.set_priority(mine, override=1, reason=script, by=agent)
    actions.resolve(mine, "\n\n".join(PAYLOADS), code="fixed", by=agent)

    section = Section.objects.create(
        name=f"{script} section", slug="hostile", description=PAYLOADS[1]
    )
    article = knowledge.draft(
        f"Hostile {script}",
        by=editor,
        summary=PAYLOADS[1],
        body="\n\n".join(PAYLOADS),
        tags=PAYLOADS[:9],
        section=section,
    )
    article = knowledge.publish(article, by=editor)
    words = "\n\n".join(PAYLOADS)[:LONGEST_COMMENT]
    word = knowledge.vote(article, is_helpful=False, by=employee)
    word = knowledge.comment(article, why="wrong", comment=words, by=employee, number=word.number)
    knowledge.answer_comment(word, answer=words, by=editor)
    changed = knowledge.revise(
        article, by=agent, title=f"{script}{PAYLOADS[2]}"[:200], body="\n".join(reversed(PAYLOADS))
    )
    knowledge.ask_review(changed, by=agent, message=f"{script}{PAYLOADS[3]}"[:300])
    knowledge.ask_changes(changed, by=editor, comment=words)
    knowledge.ask_review(changed, by=agent, message=f"{script}{PAYLOADS[4]}"[:300])
    marks = (
        "> [!NOTE] {0}\n> {0}", '!!! tip "{0}"\n    {0}', "## {0}", "- [ ] {0}", "<!-- {0} -->", "~~{0}~~", "/kb/{0}/", "https://x.example/{0}",
        "![{0}](/kb/files/abcdefghij/{0})", "[{0}](/kb/{0}/#{0})", "1. a\n\n   ```{0}\n   {0}\n   ```",
    )  # fmt: skip
    marked = knowledge.draft(
        "Marked", by=editor, section=section,
        body="[TOC]\n\n" + "\n\n".join(marks[n % len(marks)].replace("{0}", one) for n, one in enumerate(PAYLOADS * 3)),
    )  # fmt: skip
    knowledge.publish(marked, by=editor)
    knowledge.check_links(marked, by=editor)
    knowledge.bring_file(
        check(SimpleUploadedFile("<img src=x onerror=pwned()>.txt", b"x")), by=editor, article=marked, is_listed=True
    )  # fmt: skip
    rated = actions.file(
        "Rated", by=employee, description="Slow.", category=category, service=service
    )
    actions.take(rated, by=agent)
    actions.resolve(rated, "Fast.", code="fixed", by=agent)
    actions.confirm(rated, by=employee)
    words = "\n\n".join(PAYLOADS)
    actions.rate(rated, score=1, by=employee, comment=words[: ratings.LONGEST_COMMENT])
    for tone, payload in zip(Announcement.Tone.values, PAYLOADS, strict=False):
        Announcement.objects.create(
            title=f"{script}{payload}"[:120], body=words, tone=tone, starts_at=timezone.now()
        )
    Announcement.objects.create(
        title=f"{script} known"[:120], body=words, service=service, starts_at=timezone.now()
    )
    words = f"{script}{IMAGE}{PAYLOADS[1]}"
    LetterText.objects.create(kind="reply", language="en", greeting=words[:200], sentence=words, foot=words)  # fmt: skip
    provider = strange_provider(employee)
    admin = User.objects.get(email="admin@example.com")
    program = make_service_account(f"{IMAGE}{SCRIPT} program"[:80], by=admin)
    for whose, by in ((program, admin), (agent, agent)):
        make_token(whose, by=by, name=f"{SCRIPT}{IMAGE}"[:80], scopes=["tickets:read"], days=7)
    return {
        **provider,
        **strange_webhook(mine),
        **processes(category, service, department, agent),
        **mails(employee, category),
        "rated": rated.ref,
        "service": str(service.pk),
        "ticket": mine.ref,
        "article": article.slug,
        "marked": marked.slug,
        "person": str(person.pk),
        "category": str(category.pk),
    }


def strange_webhook(ticket: Ticket) -> dict[str, str]:
    """What administrators call a webhook, and what its target answers."""
    row = Endpoint.objects.create(
        name=f"{SCRIPT} hook", url="https://192.0.2.1/", kinds=["filed"], disabled_at=timezone.now(),
        disabled_because=f"{IMAGE}{PAYLOADS[1]}"[:300], is_active=False,
    )  # fmt: skip
    post = Post.objects.create(endpoint=row, event=ticket.events.get(number=1), state="failed", last_error=SCRIPT)  # fmt: skip
    for answer in (SCRIPT, IMAGE, *PAYLOADS[:20]):
        Attempt.objects.create(post=post, at=timezone.now(), took_ms=1, status=500, error=IMAGE, answer=answer)  # fmt: skip
    return {"webhook": str(row.pk), "webhook_message": str(post.pk)}


def strange_provider(employee: User) -> dict[str, str]:
    """What an administrator and a provider may say about signing in: a name, claims, what went wrong."""
    row = Provider.objects.create(
        kind="oidc", name=f"{SCRIPT} sign-in", slug="hostile", is_on=True, issuer="https://idp.invalid",
        client_id=IMAGE, domains=IMAGE, last_trouble=f"{SCRIPT} {PAYLOADS[1]}"[:400], last_trouble_at=timezone.now(),
    )  # fmt: skip
    role, _made = Role.objects.get_or_create(slug="agent")
    GroupRule.objects.create(provider=row, group=f"{IMAGE} group", role=role)
    linked = SocialAccount.objects.create(
        user=employee, provider=row.issuer, uid=SCRIPT, extra_data={"email": IMAGE, "name": SCRIPT, "groups": [IMAGE, *PAYLOADS[:20]]},
    )  # fmt: skip
    return {"provider": str(row.pk), "identity": str(linked.pk)}


def mails(employee: User, category: Category) -> dict[str, str]:
    """Payloads in every field of mails: one that becomes a ticket, with HTML to look at, and one that waits."""
    box = Mailbox.objects.create(
        slug="hostile", address="hostile-box@example.com", name=IMAGE, category=category, team=Team.objects.get(slug=HOME)
    )  # fmt: skip
    strange = Mailbox.objects.create(
        slug="hostile-fetched", address="hostile-fetched@example.com", name=f"{SCRIPT} box", host=IMAGE, username=SCRIPT,
        folder=f"{IMAGE}{PAYLOADS[1]}"[:255], after=Mailbox.After.MOVE, moves_to=SCRIPT, authserv_id=IMAGE,
        senders=Mailbox.Senders.DOMAINS, domains="\n".join(PAYLOADS),
    )  # fmt: skip
    rest = timezone.now() + timedelta(days=1)
    Fetching.objects.create(mailbox=strange, trouble="folder", last_error=f"{SCRIPT}{IMAGE}", due_at=rest)  # fmt: skip
    Vouched.objects.create(mailbox=strange, address=SCRIPT.lower(), vouched_by=employee)
    everything = "\n\n".join(PAYLOADS)
    html = "".join(f"<div>{one}</div>" for one in PAYLOADS)
    loud = '<img src="https://spy.example/p.gif"><p style="background:url(https://spy.example/)" hx-get="/" hx-trigger="load">x</p>'
    names = tuple(
        (f"{payload}.txt".replace("\r", "").replace("\n", ""), b"x") for payload in PAYLOADS[:9]
    )
    said = write(
        employee,
        f"{SCRIPT} by mail",
        everything,
        html=html + loud,
        files=names,
        to=box.address,
        Cc=f'"{IMAGE}" <cc@elsewhere.example>',
    )
    taken = arrive(box, said)
    waiting = write(
        f'"{IMAGE}" <eve@elsewhere.example>',
        f"{SCRIPT}{PAYLOADS[2]}",
        everything,
        files=names,
        to=box.address,
    )
    held = arrive(box, waiting)
    return {
        "mailed": str(taken.message_id),
        "mail_ticket": taken.ticket.ref,
        "held_mail": str(held.pk),
        "mailbox": str(strange.pk),
    }


def processes(
    category: Category, service: Service, department: Department, agent: User
) -> dict[str, str]:
    """Put payloads into what administrators say about processes and people, and let a ticket go through it."""
    admin = User.objects.get(email="admin@example.com")
    workflow = add_workflow(f"{IMAGE} flow", like=rulebook.current().flows["standard"], by=admin)
    flow = rulebook.current().flows[workflow.slug]
    strange = Place("+1", Status.OPEN, f"{SCRIPT}{PAYLOADS[1]}"[:40], f"{IMAGE} told"[:60], 3, is_default=False)  # fmt: skip
    here = flow.at("open")
    there = Way(here, strange, f"{IMAGE} go"[:40], needs_text=True, effects=({"do": "step", "text": f"{SCRIPT} step"},))  # fmt: skip
    back, on = Way(strange, here, "x' onclick='pwned()"), Way(strange, flow.at("resolved"))
    draft = replace(flow, places=(*flow.places, strange), ways=(*flow.ways, there, back, on))
    shape_workflow(Workflow.objects.get(pk=workflow.pk), draft, by=admin)
    matrix = matrices.add_matrix(f"{SCRIPT} matrix", cells(), by=admin)
    kind = types.add_type(
        by=admin, name=f"{SCRIPT} type", description=PAYLOADS[1][:200], nature="incident",
        workflow=workflow, matrix=matrix, tasks=[one[:200] for one in PAYLOADS[:9] if one.strip()],
    )  # fmt: skip
    at_it = actions.file(
        f"{SCRIPT} processed", by=agent, description="x", category=category, service=service, type=kind.slug,
    )  # fmt: skip
    actions.take(at_it, by=agent)
    place = rulebook.flow(kind.slug).places[-1]
    actions.transition(at_it, to=place.slug, text=PAYLOADS[1], by=agent)

    holidays = _applied(Change.About.HOLIDAYS, {
        "name": f"{SCRIPT} days", "source": HolidaySet.Source.FILE, "country": "", "subdivision": "",
        "file_name": f"{IMAGE}.ics", "known_until": None,
        "days": [[f"2031-01-{day:02}", payload[:120] or "-"] for day, payload in enumerate(PAYLOADS[:20], 1)],
    }, admin)  # fmt: skip
    like = rules.content_of(Calendar.objects.earliest("pk"))
    calendar = _applied(
        Change.About.CALENDAR,
        {**like, "name": f"{SCRIPT} hours", "is_seeded": False, "holidays": [holidays.pk]},
        admin,
    )
    like = rules.content_of(Policy.objects.earliest("pk"))
    policy = _applied(Change.About.POLICY, {
        **like, "name": f"{SCRIPT} policy", "is_seeded": False, "calendar": calendar.pk, "position": 0,
        "conditions": {"service": [service.pk]},
    }, admin)  # fmt: skip
    drafted = sla.draft_change(
        Change.About.POLICY, policy, {**rules.content_of(policy), "name": f"{IMAGE} new"}, by=admin
    )

    level = Level.objects.create(name=f"{SCRIPT} level", team=Team.objects.get(slug=HOME))
    chain = Chain.objects.create(
        name=f"{SCRIPT} chain", category=category, service=service, calendar=calendar,
        type=IncidentType.objects.get(pk=kind.pk), reaches_back=True,
    )  # fmt: skip
    tell = {"after": 5, "deed": ChainStep.Deed.TELL, "tells_leads": True}
    configuring.write_steps(
        chain, [tell, {"after": 10, "deed": ChainStep.Deed.CALL, "level": level}]
    )
    lead = User.objects.get(email="lead@example.com")
    actions.escalate(at_it, told=[lead.pk], reason=PAYLOADS[1], by=agent)

    closing = ClosingRule.objects.create(
        type=IncidentType.objects.get(pk=kind.pk), words="\n\n".join(PAYLOADS)[:2000], ask_words=PAYLOADS[1],
        ask_after_days=1, give_up_after_days=1,
    )  # fmt: skip
    add_rule(RetentionRule(what=RetentionRule.What.TICKETS, category=category, months=60), by=admin)
    invite("invited@example.com", name=f"{SCRIPT}{PAYLOADS[1]}"[:120], department=department, by=admin)  # fmt: skip
    steps = [{"act": "note", "with": {"text": one}} for one in PAYLOADS[:9]]
    macro = Macro.objects.create(owner=agent, name=f"{SCRIPT} macro", description=PAYLOADS[1][:200], steps=steps)  # fmt: skip
    view = SavedView.objects.create(owner=agent, name=f"{SCRIPT} view", query=f"step={workflow.slug}.{place.slug}")  # fmt: skip
    return {
        "workflow": workflow.slug,
        "matrix": str(matrix.pk),
        "type": str(kind.pk),
        "processed": at_it.ref,
        "processed_number": str(at_it.number),
        "holidays": str(holidays.pk),
        "calendar": str(calendar.pk),
        "policy": str(policy.pk),
        "sla_change": str(drafted.pk),
        "chain": str(chain.pk),
        "level": str(level.pk),
        "closing": str(closing.pk),
        "macro": str(macro.pk),
        "view": str(view.pk),
        "step": f"{workflow.slug}.{place.slug}",
    }


def _applied(about: str, content: rules.Content, admin: User) -> Any:
    return rules.find(sla.apply_change(sla.draft_change(about, None, content, by=admin), by=admin))
