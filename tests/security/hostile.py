"""H3: every payload of the corpus put into everything that people can type, through the verbs. Run inside the site."""

from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.files import check
from accounts.models import Department, Team, User
from incidents.desk.models import CannedReply
from incidents.portal.models import Announcement
from incidents.tickets import actions, ratings
from incidents.tickets.models import Category, Service
from knowledge import actions as knowledge
from knowledge.actions.feedback import LONGEST_COMMENT
from knowledge.models import Section

PAYLOADS = Path(__file__).with_name("payloads.txt").read_text().splitlines()
HOME = "workplace"


def seed() -> dict[str, str]:
    """Fill the demo company with payloads. Returns the addresses of the places they ended up in."""
    agent = User.objects.get(email="agent@example.com")
    employee = User.objects.get(email="employee@example.com")
    editor = User.objects.get(email="editor@example.com")
    script = "<script>pwned()</script>"
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
    return {
        "rated": rated.ref,
        "service": str(service.pk),
        "ticket": mine.ref,
        "article": article.slug,
        "marked": marked.slug,
        "person": str(person.pk),
        "category": str(category.pk),
    }
