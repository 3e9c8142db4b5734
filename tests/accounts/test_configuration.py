"""The configuration as one file: what it says, what comes back from it, and what it can't do."""

import json
import random
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from accounts.administration import configuration, portable
from accounts.administration.configuration import (
    SCHEMA,
    WrongFile,
    apply,
    collect,
    read,
    rehearse,
    written,
)
from accounts.models import AdminChange, Department, Role, Team
from incidents.desk.models import CannedReply, Macro, SavedView
from incidents.escalation.models import Chain, ChainStep
from incidents.mail.models import Mailbox
from incidents.portal.models import Announcement
from incidents.sla.models import Policy
from incidents.tickets.actions.categories import add_category, merge_category
from incidents.tickets.actions.change_questions import change_questions
from incidents.tickets.models import Category, PortalRules, QuestionForm, Service
from incidents.webhooks.models import Endpoint
from incidents.workflow.models import IncidentType
from knowledge.models import Outline, Section, Synonym
from tests.conftest import make_person

HEAD = {"format": "firebreak-configuration", "version": 1}


def a_file(**parts) -> dict:
    return read(json.dumps({**HEAD, **parts}).encode())


def random_configuration(chance: random.Random, admin) -> None:
    """Some of everything, with odd names."""

    def some(things):
        return chance.choice([None, *things])

    def word(n):
        return "".join(chance.choice("abcdeéß漢 /~\"'<&") for _ in range(8)).strip() + f" {n}"

    departments = [
        Department.objects.create(name=word(n), shares_tickets=chance.random() < 0.5)
        for n in range(4)
    ]
    teams = [
        Team.objects.create(name=word(n), slug=f"team-{n}", is_private=n == 3, assigns=chance.choice(Team.Assigns.values))
        for n in range(4)
    ]  # fmt: skip
    Role.objects.create(name=word(1), slug="odd", permissions=["tickets.see", "articles.write"])
    services = [
        Service.objects.create(name=word(n), slug=f"service-{n}", owner_team=some(teams))
        for n in range(4)
    ]
    services[0].used_by.set(departments[:2])
    categories = []
    for n in range(12):
        categories.append(
            add_category(word(n), by=admin, parent=some(categories), default_team=some(teams))
        )
    merge_category(
        categories[0],
        into=next(c for c in categories[::-1] if c.parent_id is None and c != categories[0]),
        by=admin,
    ) if sum(c.parent_id is None for c in categories) > 1 else None
    change_questions(
        categories[-1],
        [
            {"key": "what", "kind": "service", "label": "Which?"},
            {"key": "since", "kind": "date", "label": "Since?", "show_when": {"any": [{"question": "what", "is": services[1].pk}]}},
        ],
        by=admin,
    )  # fmt: skip
    change_questions(
        IncidentType.objects.get(slug="complex"),
        [{"key": "why", "kind": "text", "label": word(3), "required": True}],
        by=admin,
    )
    Section.objects.create(name=word(1), slug="one", position=2, review_days=90).keepers.set(
        teams[:2]
    )
    Outline.objects.filter(kind="how_to", language="en").delete()
    Outline.objects.create(kind="how_to", language="en", body="## {{fix}}\n")
    Synonym.objects.create(words=["beamer", "projector"])
    for n in range(2):
        starts = datetime(2026, 11, 1, tzinfo=UTC)
        Announcement.objects.create(
            title="Same", body=word(n), starts_at=starts, ends_at=starts + timedelta(days=n + 1)
        )
    CannedReply.objects.create(
        name="Hello",
        body="Hello {{requester.name}}",
        owner=admin,
        scope="team",
        team=teams[0],
        position=3,
    )
    CannedReply.objects.create(name="Only mine", body="x", owner=admin)
    Macro.objects.create(
        name="Route", owner=admin, scope="everybody", position=1,
        steps=[
            {"act": "team", "with": {"to": teams[1].pk}},
            {"act": "category", "with": {"category": categories[-1].pk}},
            {"act": "service", "with": {"service": services[2].pk}},
            {"act": "assign", "with": {"to": str(admin.pk)}},
        ],
    )  # fmt: skip
    SavedView.objects.create(
        name="Theirs", owner=admin, scope="everybody", columns=["priority", "title"],
        query=f"team=team-1&assignee={admin.pk}&department={departments[0].pk}",
    )  # fmt: skip
    PortalRules.objects.create(pk=1, reopen_days=chance.randint(0, 90))


def empty() -> None:
    """Nothing of it is left but people, roles of the house, and what those need."""
    for model in (
        SavedView,
        Macro,
        CannedReply,
        Announcement,
        Synonym,
        Outline,
        Section,
        QuestionForm,
    ):
        model.objects.all().delete()
    Category.objects.update(parent=None, merged_into=None)
    for model in (Category, Service, Team, Department, PortalRules):
        model.objects.all().delete()
    Role.objects.filter(is_seeded=False).delete()


@pytest.mark.parametrize("seed", range(4))
def test_a_random_configuration_comes_back_as_the_same_bytes(seed, admin):
    random_configuration(random.Random(seed), admin)
    made = written(collect())
    assert written(collect()) == made
    unchanged = rehearse(read(made), by=admin.__class__.objects.system())
    assert {line.outcome for line in unchanged.lines} == {"same"}

    empty()
    result = apply(read(made), by=admin.__class__.objects.system())

    assert [(line.place, line.why) for line in result.refused] == []
    assert written(collect()).decode() == made.decode()
    assert apply(read(made), by=admin).changes == 0


def test_what_names_a_merged_category_names_the_one_that_took_its_place(admin):
    """A new install has no category that was merged away: what points at one must come in there all the same."""
    gone, heir = add_category("Dial-in", by=admin), add_category("Remote work", by=admin)
    Policy.objects.update(conditions={"category": [gone.pk, heir.pk]})
    chain = Chain.objects.create(name="Remote", category=gone)
    ChainStep.objects.create(chain=chain, position=1, after=30, tells_leads=True)
    Endpoint.objects.create(name="Monitor", url="https://watch.test/", kinds=["filed"], category=gone)  # fmt: skip
    Mailbox.objects.create(slug="it", name="IT", address="it@example.com", category=gone)  # fmt: skip
    SavedView.objects.create(
        name="Remote", owner=admin, scope="everybody", query=f"category={gone.slug}"
    )
    Macro.objects.create(
        name="File", owner=admin, scope="everybody",
        steps=[{"act": "category", "with": {"category": gone.pk}}],
    )  # fmt: skip
    merge_category(gone, into=heir, by=admin)

    made = written(collect())

    assert gone.slug not in made.decode()
    Category.objects.update(parent=None, merged_into=None)
    for model in (Policy, Chain, Endpoint, Mailbox, SavedView, Macro, Category):
        model.objects.all().delete()
    result = apply(read(made), by=admin)
    assert [(line.place, line.why) for line in result.refused] == []
    found = Category.objects.get()
    assert found.slug == heir.slug
    assert Policy.objects.get().conditions == {"category": [found.pk]}
    assert Chain.objects.get().category == found
    assert Macro.objects.get().steps[0]["with"] == {"category": found.pk}
    assert SavedView.objects.get().query == f"category={heir.slug}"
    assert written(collect()) == made


def test_the_schema_beside_the_code_is_that_of_the_registered_tables():
    assert SCHEMA.read_text() == configuration.schema_text(), (
        "run: manage.py export_config --schema"
    )


def test_a_rehearsal_changes_nothing_and_names_everything(admin, department, team):
    document = a_file(
        departments=[{"name": "Finance", "shares_tickets": True}, {"name": "Legal"}],
        teams=[{"slug": "network", "name": "Network"}],
        services=[{"slug": "vpn", "name": "VPN", "owner_team": "nowhere"}],
    )

    result = rehearse(document, by=admin)

    told = [(line.place, line.outcome.value) for line in result.lines]
    assert told == [
        ("/departments/0", "changed"), ("/departments/1", "added"), ("/teams/0", "same"), ("/services/0", "refused"),
    ]  # fmt: skip
    assert result.lines[0].turns[0].name == "shares_tickets"
    assert "“nowhere”" in result.refused[0].why
    assert not Department.objects.filter(name="Legal").exists()
    assert not AdminChange.objects.exists()


def test_one_refusal_leaves_everything_as_it_was(admin, team):
    result = apply(
        a_file(
            departments=[{"name": "Legal"}],
            teams=[{"slug": "x", "name": "network "}, {"slug": "y", "name": "Network"}],
        ),
        by=admin,
    )

    assert [line.place for line in result.refused] == ["/teams/1"]
    assert not result.is_applied
    assert not Department.objects.filter(name="Legal").exists()
    assert not AdminChange.objects.exists()


def test_what_is_changed_is_noted_and_nothing_is_removed(admin, department, team):
    apply(
        a_file(
            departments=[{"name": "Legal"}, {"name": "Finance", "shares_tickets": True}], teams=[]
        ),
        by=admin,
    )

    assert Team.objects.get() == team
    assert {(c.action, c.kind, c.label, c.actor) for c in AdminChange.objects.all()} == {
        ("added", "accounts.department", "Legal", admin),
        ("changed", "accounts.department", "Finance", admin),
    }


def test_entries_may_stand_in_any_order(admin):
    result = apply(a_file(categories=[
        {"slug": "c", "name": "C", "parent": "b"}, {"slug": "b", "name": "B", "parent": "a"}, {"slug": "a", "name": "A"},
    ]), by=admin)  # fmt: skip

    assert result.is_applied
    assert Category.objects.get(slug="c").parent.parent.slug == "a"


def test_a_circle_of_categories_is_refused_with_its_place(admin):
    add_category("A", by=admin)
    add_category("B", by=admin, parent=Category.objects.get(slug="a"))

    result = apply(a_file(categories=[{"slug": "a", "name": "A", "parent": "b"}]), by=admin)

    assert [(line.place, "below itself" in line.why) for line in result.refused] == [
        ("/categories/0", True)
    ]


def test_everybody_gets_only_as_far_as_their_rights(admin, department):
    hand = make_person("Hana Plover")
    role = Role.objects.create(
        name="People only", slug="people-only", permissions=["people.manage"]
    )
    hand.grants.create(role=role)

    result = apply(
        a_file(departments=[{"name": "Legal"}], roles=[{"slug": "people-only", "permissions": ["roles.manage"]}]), by=hand,
    )  # fmt: skip

    assert [line.place for line in result.refused] == ["/roles/0"]
    role.refresh_from_db()
    assert role.permissions == ["people.manage"]


def test_what_everybody_holds_never_opens_administration(admin):
    result = apply(
        a_file(roles=[{"slug": "requester", "permissions": ["people.manage"]}]), by=admin
    )

    assert "can't open administration" in result.refused[0].why


def test_who_keeps_a_shelf_is_for_those_who_manage_roles(editor, section, team):
    result = apply(
        a_file(article_categories=[{"slug": "network", "keepers": ["network"]}]), by=editor
    )

    assert result.refused


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (b"{", "no JSON: line 1"),
        (b"\xff\xfe{}", "UTF-8"),
        (b"[]", "not a configuration file"),
        (b'{"format": "firebreak-configuration", "version": 7}', "of version 7"),
        (b'{"format": "firebreak-configuration", "version": NaN}', "something that no configuration"),
        (b'{"format": "firebreak-configuration", "version": 1, "version": 1}', "something that no configuration"),
        (b'{"format": "firebreak-configuration", "version": true}', "schema"),
        (b'{"format": "firebreak-configuration", "version": 1, "users": []}', "schema"),
        (b"[" * 100_000, "something that no configuration"),
        (b"1" * 5_000, "something that no configuration"),
        (b" " * (5 * 1024 * 1024 + 1), "larger than 5 MB"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_refused_in_words(given, says):
    with pytest.raises(WrongFile, match=says):
        read(given)


def test_a_wrong_entry_is_named_by_its_place():
    with pytest.raises(WrongFile) as wrong:
        a_file(teams=[{"slug": "a", "name": 1}, {"name": "B"}, {"slug": "a/b", "no such": 1}])

    places = [problem.place for problem in wrong.value.problems]
    assert places == ["/teams/0/name", "/teams/1", "/teams/2", "/teams/2/slug"]


@pytest.mark.parametrize("text", ["\x00", "\ud800"])
def test_signs_that_no_database_takes_are_refused(text):
    with pytest.raises(WrongFile) as wrong:
        a_file(departments=[{"name": text}])

    assert wrong.value.problems[0].place == "/departments/0/name"


def test_too_long_and_too_large_is_refused_by_entry(admin):
    result = rehearse(
        a_file(article_categories=[{"slug": "s", "name": "S", "position": 10**30}]), by=admin
    )

    assert result.refused


def test_by_hand_from_the_terminal(tmp_path, admin, department):
    file = tmp_path / "config.json"
    call_command("export_config", str(file))
    document = json.loads(file.read_text())
    document["departments"].append({"name": "Legal"})
    file.write_text(json.dumps(document))

    said = StringIO()
    call_command("import_config", str(file), stdout=said)
    assert "added: /departments/1 Legal" in said.getvalue()
    assert not Department.objects.filter(name="Legal").exists()
    call_command("import_config", str(file), "--apply", stdout=said)
    assert Department.objects.filter(name="Legal").exists()
    with pytest.raises(CommandError, match="nobody"):
        call_command("import_config", str(file), "--by", "x@example.com")


def test_every_table_has_its_reader_and_its_name():
    for part in configuration.in_file():
        assert portable.part_of(part.model) is not None
        assert part.title


# Over HTTP ------------------------------------------------------------------------------------------------------

URL = "/admin/configuration/"


def sent(document) -> SimpleUploadedFile:
    given = document if isinstance(document, bytes) else json.dumps({**HEAD, **document}).encode()
    return SimpleUploadedFile("config.json", given)


def test_a_file_is_looked_at_then_put_in(admin, client_of, department):
    client = client_of(admin)
    file = sent({"departments": [{"name": "Legal"}, {"name": "Finance", "shares_tickets": True}]})

    page = client.post(f"{URL}rehearsal/", {"file": file})
    assert page.status_code == 200
    assert "/departments/0" in page.content.decode()
    assert not Department.objects.filter(name="Legal").exists()

    done = client.post(f"{URL}application/", {"mark": page.context["mark"]}, follow=True)

    assert "2 entries were changed." in done.content.decode()
    assert Department.objects.get(name="Finance").shares_tickets
    again = client.post(f"{URL}application/", {"mark": page.context["mark"]})
    assert again.status_code == 422


def test_a_refusal_on_the_page_names_place_and_reason(admin, client_of):
    page = client_of(admin).post(
        f"{URL}rehearsal/",
        {"file": sent({"services": [{"slug": "a", "name": "A", "owner_team": "x"}]})},
    )

    html = page.content.decode()
    assert "/services/0" in html
    assert "There is no team “x” here." in html
    assert "Put all of it in" not in html


@pytest.mark.parametrize(
    "given", [b"{", b'{"format": "firebreak-configuration", "version": 99}', {"teams": [{}]}]
)
def test_a_wrong_file_is_answered_with_422(given, admin, client_of):
    answer = client_of(admin).post(f"{URL}rehearsal/", {"file": sent(given)})

    assert answer.status_code == 422
    assert client_of(admin).post(f"{URL}rehearsal/").status_code == 422


def test_somebody_elses_file_is_not_at_hand(admin, client_of):
    page = client_of(admin).post(
        f"{URL}rehearsal/", {"file": sent({"departments": [{"name": "Legal"}]})}
    )
    other = make_person("Second Admin", "administrator")

    assert (
        client_of(other).post(f"{URL}application/", {"mark": page.context["mark"]}).status_code
        == 422
    )


def test_the_download_holds_what_the_reader_may_read(
    admin, manager, auditor, client_of, department, team
):
    whole = json.loads(client_of(admin).get(f"{URL}file/").content)
    assert whole["departments"] == [{"name": "Finance", "shares_tickets": False}]
    assert set(json.loads(client_of(auditor).get(f"{URL}file/").content)) == set(whole)
    own = set(json.loads(client_of(manager).get(f"{URL}file/").content))
    assert "announcements" in own
    assert not own & {"departments", "teams", "roles", "categories"}


def test_the_auditor_puts_nothing_in(auditor, agent, client_of):
    assert client_of(auditor).get(URL).status_code == 200
    assert client_of(auditor).post(f"{URL}rehearsal/", {"file": sent({})}).status_code == 403
    assert client_of(agent).get(URL).status_code == 403


@pytest.mark.parametrize("description", ["Guessed", "What they do"])
def test_a_rehearsal_neither_tells_nor_confirms_what_one_may_not_read(description, db):
    role = Role.objects.create(
        name="People", slug="people", permissions=["people.manage"], description="What they do"
    )
    hand = make_person("Hana Plover", "people")
    role.refresh_from_db()

    [line] = rehearse(
        a_file(roles=[{"slug": role.slug, "description": description}]), by=hand
    ).lines

    assert (line.outcome, line.turns) == ("refused", ())
    assert "What they do" not in line.why


@pytest.mark.parametrize("body", ["Guessed", "Secret words"])
def test_nor_rows_of_other_teams_in_a_table_that_one_may_read(body, db, lead, team):
    other = Team.objects.create(name="Payroll", slug="payroll")
    CannedReply.objects.create(
        name="Pay", body="Secret words", scope="team", team=other, owner=make_person("Bo Lark")
    )
    [found] = collect()["canned_replies"]
    entry = found | {"body": body}

    [line] = rehearse(a_file(canned_replies=[entry]), by=lead).lines

    assert (line.outcome, line.turns) == ("refused", ())
