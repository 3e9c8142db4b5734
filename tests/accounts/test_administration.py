"""Administration over HTTP: who opens what, what a change leaves in the log, and what can't be smuggled in."""

import pytest
from django.contrib.admin import site
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.urls import get_resolver
from django.utils import timezone

from accounts.models import AdminChange, Department, Grant, Role, Team, User
from accounts.permissions import Permission
from accounts.sso.models import Provider
from incidents.notify.jobs import send_due
from incidents.portal.models import Announcement
from incidents.tickets.models import Category, Service
from knowledge.models import Section
from tests.conftest import make_person

PEOPLE = {"people.manage", "roles.manage", "audit.read"}
HOUSE = {
    "people.manage",
    "roles.manage",
    "categories.manage",
    "process.manage",
    "channels.manage",
    "announcements.manage",
    "audit.read",
}
PAGES = {
    "/admin/accounts/user/": PEOPLE,
    "/admin/accounts/user/add/": {"people.manage"},
    "/admin/accounts/user/{person}/change/": PEOPLE,
    "/admin/accounts/department/": {"people.manage", "audit.read"},
    "/admin/accounts/department/add/": {"people.manage"},
    "/admin/accounts/department/{department}/change/": {"people.manage", "audit.read"},
    "/admin/accounts/department/{department}/delete/": {"people.manage"},
    "/admin/accounts/team/": {"roles.manage", "audit.read"},
    "/admin/accounts/team/add/": {"roles.manage"},
    "/admin/accounts/team/{team}/change/": {"roles.manage", "audit.read"},
    "/admin/sso/provider/": {"channels.manage", "roles.manage", "audit.read"},
    "/admin/sso/provider/add/": {"channels.manage"},
    "/admin/sso/provider/{provider}/change/": {"channels.manage", "roles.manage", "audit.read"},
    "/admin/sso/provider/{provider}/preview/": {"channels.manage", "roles.manage", "audit.read"},
    "/admin/roles/": {"roles.manage", "audit.read"},
    "/admin/accounts/role/add/": {"roles.manage"},
    "/admin/accounts/role/{role}/change/": {"roles.manage", "audit.read"},
    "/admin/categories/": {"categories.manage", "audit.read"},
    "/admin/workflows/": {"process.manage", "audit.read"},
    "/admin/workflows/standard/": {"process.manage", "audit.read"},
    "/admin/workflows/standard/draft/": {"process.manage"},
    "/admin/types/": {"process.manage", "audit.read"},
    "/admin/matrices/": {"process.manage", "audit.read"},
    "/admin/matrices/new/": {"process.manage"},
    "/admin/tickets/proposalrules/1/change/": {"process.manage", "audit.read"},
    "/admin/notify/chatservice/": {"channels.manage", "audit.read"},
    "/admin/notify/chatservice/add/": {"channels.manage"},
    "/admin/notify/teamrule/": {"channels.manage", "audit.read"},
    "/admin/notify/teamrule/add/": {"channels.manage"},
    "/admin/notify/noticerules/1/change/": {"channels.manage", "audit.read"},
    "/admin/mail/vouched/": {"channels.manage", "audit.read"},
    "/admin/mail/vouched/add/": {"channels.manage"},
    "/admin/deliveries/": {"channels.manage", "audit.read"},
    "/admin/letters/": {"channels.manage", "audit.read"},
    "/admin/letters/look/": {"channels.manage", "audit.read"},
    "/admin/letters/reply/en/": {"channels.manage", "audit.read"},
    "/admin/tickets/service/": {"categories.manage", "audit.read"},
    "/admin/tickets/service/add/": {"categories.manage"},
    "/admin/tickets/service/{service}/change/": {"categories.manage", "audit.read"},
    "/admin/sla/": {"process.manage", "audit.read"},
    "/admin/sla/policies/new/": {"process.manage", "audit.read"},
    "/admin/sla/calendars/new/": {"process.manage", "audit.read"},
    "/admin/sla/holidays/new/": {"process.manage", "audit.read"},
    "/admin/knowledge/article/": {"audit.read"},
    "/admin/knowledge/section/": {"audit.read"},
    "/admin/accounts/adminchange/": {"audit.read"},
    "/admin/tickets/closingrule/": {"process.manage", "audit.read"},
    "/admin/tickets/closingrule/add/": {"process.manage"},
    "/admin/mail/mailbox/": {"channels.manage", "audit.read"},
    "/admin/mail/mailbox/add/": {"channels.manage"},
    "/admin/webhooks/endpoint/": {"channels.manage", "audit.read"},
    "/admin/webhooks/endpoint/add/": {"channels.manage"},
    "/admin/audit/": {"audit.read"},
    "/admin/service-accounts/": {"channels.manage", "audit.read"},
    "/admin/erasure/": {"people.erase", "audit.read"},
    "/admin/erasure/{person}/": {"people.erase"},
    "/admin/retention/": {"people.erase", "audit.read"},
    "/admin/portal/announcement/": {"announcements.manage", "audit.read"},
    "/admin/portal/announcement/add/": {"announcements.manage"},
    "/admin/portal/announcement/{announcement}/change/": {"announcements.manage", "audit.read"},
    "/admin/portal/announcement/{announcement}/delete/": {"announcements.manage"},
    "/admin/invitations/": {"people.manage", "audit.read"},
    "/admin/identities/": {"people.manage", "audit.read"},
    "/admin/people/{person}/sight/": PEOPLE,
    "/admin/people/{person}/leaving/": PEOPLE,
    "/admin/roles/permissions/tickets.see/": {"roles.manage", "audit.read"},
    "/admin/configuration/": HOUSE,
    "/admin/configuration/file/": HOUSE,
    "/admin/accounts/team/{team}/history/": {"roles.manage", "audit.read"},
    "/admin/": {
        "people.manage",
        "roles.manage",
        "categories.manage",
        "process.manage",
        "channels.manage",
        "announcements.manage",
        "people.erase",
        "audit.read",
    },
}
NOBODY = [
    "/admin/accounts/user/{person}/delete/",
    "/admin/accounts/team/{team}/delete/",
    "/admin/accounts/role/{role}/delete/",
    "/admin/tickets/service/{service}/delete/",
    "/admin/tickets/category/add/",
    "/admin/knowledge/article/add/",
    "/admin/accounts/adminchange/add/",
]


@pytest.fixture
def keys(team, category, service, section, other_requester):
    agent = Role.objects.get(slug="agent")
    empty = Department.objects.create(name="Nobody here yet")
    banner = Announcement.objects.create(title="Maintenance", starts_at=timezone.now())
    provider = Provider.objects.create(kind="oidc", name="Example ID", slug="example-id")
    return {
        "provider": provider.pk,
        "person": other_requester.pk, "department": empty.pk, "team": team.pk, "role": agent.pk,
        "service": service.pk, "category": category.pk, "section": section.pk, "announcement": banner.pk,
    }  # fmt: skip


@pytest.fixture
def who_may(db):
    """A person with exactly these permissions."""

    def make(*permissions: str, name: str = "Hana Plover") -> User:
        role = Role.objects.create(
            name=str(permissions), slug=f"only-{len(permissions)}", permissions=list(permissions)
        )
        person = make_person(name)
        Grant.objects.create(user=person, role=role)
        return person

    return make


def inline(prefix: str = "grants", *rows: dict, initial: int = 0) -> dict:
    fields = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": initial}
    for number, row in enumerate(rows):
        fields |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return fields


def person_form(person: User, **changes: object) -> dict:
    return {
        "display_name": person.display_name, "email": person.email, "phone": "", "department": "",
        "location": "", "time_zone": "", "language": "", "is_active": "on", **inline(), **changes,
    }  # fmt: skip


# Who opens what -------------------------------------------------------------------------------------


@pytest.mark.parametrize("permission", Permission.values)
def test_each_permission_opens_its_pages_and_no_other(permission, who_may, client_of, keys):
    client = client_of(who_may(permission))

    for page, openers in PAGES.items():
        expected = 200 if permission in openers else 403
        assert client.get(page.format(**keys)).status_code == expected, page
    for page in NOBODY:
        assert client.get(page.format(**keys)).status_code == 403, page


@pytest.mark.parametrize("who", ["requester", "agent", "lead", "editor"])
def test_administration_is_closed_to_everybody_else(who, request, client_of, keys):
    client = client_of(request.getfixturevalue(who))

    for page in [*PAGES, *NOBODY]:
        assert client.get(page.format(**keys)).status_code == 403, page


def test_who_only_publishes_announcements_finds_those_and_nothing_else(who_may, client_of):
    page = client_of(who_may("announcements.manage")).get("/admin/").content.decode()

    assert "/admin/portal/announcement/" in page
    for other in ("accounts/", "roles/", "categories/", "tickets/", "knowledge/"):
        assert f"/admin/{other}" not in page


def test_an_incident_manager_may_come_for_announcements(manager, client_of):
    client = client_of(manager)

    assert client.get("/admin/portal/announcement/add/").status_code == 200
    for other in ("accounts/user/", "roles/", "categories/", "tickets/service/"):
        assert client.get(f"/admin/{other}").status_code == 403


def test_an_empty_list_says_what_it_is_for_and_what_to_do(admin, client_of):
    client = client_of(admin)
    empty = client.get("/admin/notify/chatservice/").text
    assert "Slack, Teams, Mattermost, SMS and others" in empty
    assert "Nothing here yet" in empty
    assert "Add chat or phone service" in empty

    nothing_fits = client.get("/admin/notify/chatservice/?q=nobody").text
    assert "Nothing fits" in nothing_fits
    assert "Show all" in nothing_fits


def test_single_sign_on_is_in_ones_account_where_there_is_one(agent, client_of):
    client = client_of(agent)
    assert "Single sign-on" not in client.get("/accounts/").text

    Provider.objects.create(kind="oidc", name="House", slug="house", is_on=True, issuer="https://id.example.com")  # fmt: skip
    assert client.get("/accounts/").text.count("Single sign-on") == 2


def test_who_is_not_signed_in_is_sent_to_the_one_sign_in(client, db):
    assert client.get("/admin/accounts/user/").url == "/accounts/login/?next=/admin/accounts/user/"
    assert (
        client.get("/admin/login/?next=/admin/roles/").url
        == "/accounts/login/?next=%2Fadmin%2Froles%2F"
    )
    assert (
        client.get("/admin/login/?next=https://evil.example/").url
        == "/accounts/login/?next=%2Fadmin%2F"
    )


def test_signing_out_here_is_signing_out(admin, client_of):
    client = client_of(admin)

    answer = client.post("/admin/logout/", follow=True)

    assert answer.redirect_chain[0] == ("/accounts/logout/", 307)
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    "gone", ["password_change/", "password_change/done/", "r/1/1/", "search/?s=a", "nowhere/"]
)
def test_djangos_other_doors_are_not_there(gone, admin, client_of):
    assert client_of(admin).get(f"/admin/{gone}").status_code == 404


def test_the_navigation_lists_only_what_one_may_open(who_may, client_of):
    page = client_of(who_may("categories.manage")).get("/admin/").content.decode()

    assert "/admin/categories/" in page
    assert "/admin/tickets/service/" in page
    assert "/admin/accounts/" not in page
    assert "/admin/roles/" not in page


def test_tables_of_libraries_stay_out():
    assert {model._meta.app_label for model in site._registry} == {
        "accounts",
        "escalation",
        "knowledge",
        "mail",
        "notify",
        "portal",
        "sso",
        "tickets",
        "webhooks",
        "workflow",
    }


def _all_urls(resolver, prefix="/"):
    for url in resolver.url_patterns:
        if hasattr(url, "url_patterns"):
            yield from _all_urls(url, prefix + str(url.pattern))
        else:
            yield prefix + str(url.pattern), url.callback


def test_every_view_here_says_who_it_is_for():
    views = [(url, view) for url, view in _all_urls(get_resolver()) if url.startswith("/admin/")]

    assert len(views) > 40
    assert [url for url, view in views if view.audience not in {"admins", "public"}] == []
    assert {url for url, view in views if view.audience == "public"} == {
        "/admin/login/",
        "/admin/logout/",
    }


def test_the_auditor_reads_every_page_and_sends_nothing(auditor, client_of, keys):
    client = client_of(auditor)
    readable = [page for page, openers in PAGES.items() if "audit.read" in openers]

    assert all(client.get(page.format(**keys)).status_code == 200 for page in readable)
    rest = ["roles/permissions/", "categories/new/", "accounts/user/{person}/sign-in-link/"]
    acts = ["", "position/", "parent/", "merger/", "retirement/", "restoration/"]
    rest += [f"categories/{{category}}/{act}" for act in acts]
    before = AdminChange.objects.count()
    for page in [*PAGES, *NOBODY, *(f"/admin/{url}" for url in rest)]:
        answer = client.post(page.format(**keys), person_form(auditor))
        assert answer.status_code == 403, page
    assert AdminChange.objects.count() == before
    assert mail.outbox == []


def test_the_auditor_meets_no_button_that_changes_anything(auditor, client_of, keys):
    client = client_of(auditor)

    for page in [
        "/admin/accounts/user/{person}/change/",
        "/admin/roles/",
        "/admin/categories/?at={category}",
    ]:
        html = client.get(page.format(**keys)).content.decode()
        main = html[html.index('id="main"') :]
        assert 'method="post" action' not in main, page
        assert 'name="_save"' not in main, page


def test_only_these_answers_relax_the_content_policy(admin, client_of):
    client = client_of(admin)

    here = client.get("/admin/roles/")["Content-Security-Policy"]
    for part in [
        "script-src 'self' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "frame-ancestors 'none'",
    ]:
        assert part in here
    assert "http" not in here
    elsewhere = client.get("/accounts/")["Content-Security-Policy"]
    assert "unsafe" not in elsewhere


# People ---------------------------------------------------------------------------------------------


def test_a_new_person_gets_a_link_by_mail_and_a_line_in_the_log(who_may, client_of, department):
    clerk = who_may("people.manage")
    form = {
        "display_name": "Ines Sorrel",
        "email": "Ines@Example.com",
        "department": department.pk,
        **inline(),
    }

    answer = client_of(clerk).post("/admin/accounts/user/add/", form)

    assert answer.status_code == 302
    person = User.objects.get(email="ines@example.com")
    assert not person.has_usable_password()
    send_due()
    assert [letter.to for letter in mail.outbox] == [["ines@example.com"]]
    added = AdminChange.objects.get(action="added")
    assert (added.actor, added.kind, added.label) == (clerk, "accounts.user", "Ines Sorrel")
    assert added.after["department"] == {"id": department.pk, "name": "Finance"}
    assert "password" not in added.after


def test_a_person_is_made_even_where_the_mail_server_is_away(admin, client_of, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    form = {"display_name": "Ines Sorrel", "email": "ines@example.com", **inline()}

    page = client_of(admin).post("/admin/accounts/user/add/", form, follow=True)

    assert User.objects.filter(email="ines@example.com").exists()
    assert "is on its way to ines@example.com" in page.content.decode()


def test_nothing_can_be_smuggled_into_a_new_person(who_may, client_of):
    administrator = Role.objects.get(slug="administrator")
    form = {
        "display_name": "Ines Sorrel", "email": "ines@example.com", "is_system": "on", "is_staff": "on",
        "is_superuser": "on", "password": "mine", "theme": "dark",
        **inline("grants", {"role": administrator.pk, "team": ""}),
    }  # fmt: skip

    client_of(who_may("people.manage")).post("/admin/accounts/user/add/", form)

    person = User.objects.get(email="ines@example.com")
    assert not person.is_system
    assert not person.is_staff
    assert not person.has_usable_password()
    assert person.theme == "auto"
    assert not person.grants.exists()


def test_nothing_can_be_smuggled_into_a_person_who_is_there(who_may, client_of, requester):
    administrator = Role.objects.get(slug="administrator")
    held = Grant.objects.create(user=requester, role=Role.objects.get(slug="auditor"))
    password = requester.password
    form = person_form(
        requester, phone="12", password="mine", is_system="on", last_login="2020-01-01", theme="dark",
        **inline("grants", {"id": held.pk, "DELETE": "on"}, {"role": administrator.pk, "team": ""}, initial=1),
    )  # fmt: skip

    client_of(who_may("people.manage")).post(f"/admin/accounts/user/{requester.pk}/change/", form)

    requester.refresh_from_db()
    assert requester.phone == "12"
    assert (requester.password, requester.is_system, requester.last_login, requester.theme) == (
        password,
        False,
        None,
        "auto",
    )
    assert requester.grants.get() == held


def test_who_only_manages_roles_gives_them_but_changes_no_person(who_may, client_of, requester):
    agent = Role.objects.get(slug="agent")
    form = person_form(
        requester, display_name="Somebody Else", email="else@example.com", is_active="",
        **inline("grants", {"role": agent.pk, "team": ""}),
    )  # fmt: skip

    client_of(who_may("roles.manage")).post(f"/admin/accounts/user/{requester.pk}/change/", form)

    requester.refresh_from_db()
    assert (requester.display_name, requester.is_active) == ("Robin Kestrel", True)
    assert requester.grants.get().role == agent
    assert AdminChange.objects.get().kind == "accounts.grant"


def test_a_role_is_taken_away_on_the_persons_page(admin, client_of, agent):
    held = agent.grants.get()
    form = person_form(
        agent, **inline("grants", {"id": held.pk, "user": agent.pk, "DELETE": "on"}, initial=1)
    )

    client_of(admin).post(f"/admin/accounts/user/{agent.pk}/change/", form)

    assert not agent.grants.exists()
    assert AdminChange.objects.get().action == "removed"


def test_a_refusal_is_said_on_the_form_and_keeps_what_was_typed(admin, client_of):
    held = admin.grants.get()
    form = person_form(
        admin,
        location="Lyon",
        **inline("grants", {"id": held.pk, "user": admin.pk, "DELETE": "on"}, initial=1),
    )

    answer = client_of(admin).post(f"/admin/accounts/user/{admin.pk}/change/", form)

    assert answer.status_code == 409
    html = answer.content.decode()
    assert "your own right to manage roles" in html
    assert 'value="Lyon"' in html
    admin.refresh_from_db()
    assert admin.location == ""
    assert admin.grants.exists()
    assert not AdminChange.objects.exists()


def test_deactivating_on_the_form_ends_access(admin, client_of, requester):
    theirs = client_of(requester)

    form = person_form(requester, department=requester.department_id, is_active="")
    client_of(admin).post(f"/admin/accounts/user/{requester.pk}/change/", form)

    assert theirs.get("/accounts/").status_code == 302
    assert AdminChange.objects.get().after == {"is_active": False}


def test_a_change_notes_only_what_differs(admin, client_of, requester, department):
    other = Department.objects.create(name="Sales")
    client_of(admin).post(
        f"/admin/accounts/user/{requester.pk}/change/",
        person_form(requester, department=other.pk, phone="7"),
    )

    line = AdminChange.objects.get()
    assert line.before == {"phone": "", "department": {"id": department.pk, "name": "Finance"}}
    assert line.after == {"phone": "7", "department": {"id": other.pk, "name": "Sales"}}


def test_saving_without_a_change_leaves_no_line(admin, client_of, other_requester, department):
    form = person_form(other_requester, department=department.pk)

    client_of(admin).post(f"/admin/accounts/user/{other_requester.pk}/change/", form)

    assert not AdminChange.objects.exists()


def test_what_is_wrong_is_named_and_nothing_is_saved(admin, client_of, requester, other_requester):
    form = person_form(requester, email=other_requester.email, location="Lyon")

    answer = client_of(admin).post(f"/admin/accounts/user/{requester.pk}/change/", form)

    assert answer.status_code == 422
    assert "Somebody has this e-mail address already." in answer.content.decode()
    requester.refresh_from_db()
    assert requester.location == ""


def test_the_desks_own_user_is_nowhere(admin, client_of):
    client, desk = client_of(admin), User.objects.system()

    assert desk.email not in client.get("/admin/accounts/user/").content.decode()
    assert client.get(f"/admin/accounts/user/{desk.pk}/change/").status_code == 302
    assert client.post(f"/admin/accounts/user/{desk.pk}/sign-in-link/").status_code == 404


def test_the_link_is_sent_by_a_button_not_by_a_visit(admin, client_of, requester):
    client, url = client_of(admin), f"/admin/accounts/user/{requester.pk}/sign-in-link/"

    assert client.get(url).status_code == 405
    assert mail.outbox == []
    assert client.post(url).status_code == 302
    send_due()
    assert mail.outbox[0].to == [requester.email]


@pytest.mark.parametrize(
    "lookup",
    [
        "password__startswith",
        "grants__role__permissions__contains",
        "theme",
        "department__people__email__startswith",
    ],
)
def test_hidden_fields_cant_be_guessed_through_a_filter(lookup, who_may, client_of):
    answer = client_of(who_may("people.manage")).get("/admin/accounts/user/", {lookup: "a"})

    assert answer.status_code == 400


def test_people_are_found_for_a_team_by_who_manages_roles(who_may, client_of, requester):
    lookup = {"app_label": "accounts", "model_name": "grant", "field_name": "user", "term": "robin"}

    found = client_of(who_may("roles.manage")).get("/admin/autocomplete/", lookup).json()

    assert [row["text"] for row in found["results"]] == ["Robin Kestrel"]


@pytest.mark.parametrize("people", [3, 60])
def test_the_list_of_people_costs_the_same_for_few_and_many(
    people, admin, client_of, team, django_assert_max_num_queries
):
    for number in range(people):
        make_person(f"Person {number}", ("agent", team))
    client = client_of(admin)
    client.get("/admin/accounts/user/")  # the first look of the hour is noted

    with django_assert_max_num_queries(15):
        client.get("/admin/accounts/user/")


# Teams, departments, services, articles ---------------------------------------------------------------


def test_a_team_is_made_with_its_members(admin, client_of, requester):
    agent = Role.objects.get(slug="agent")
    form = {
        "name": "Night shift",
        "description": "",
        "assigns": "by_hand",
        **inline("grants", {"user": requester.pk, "role": agent.pk}),
    }

    client_of(admin).post("/admin/accounts/team/add/", form)

    team = Team.objects.get(slug="night-shift")
    assert requester.grants.get().team == team
    assert set(AdminChange.objects.values_list("kind", "action")) == {
        ("accounts.team", "added"),
        ("accounts.grant", "added"),
    }


def test_an_address_stays_when_the_name_changes(admin, client_of, team):
    form = {"name": "Net", "slug": "mine", "assigns": "by_hand", **inline()}

    client_of(admin).post(f"/admin/accounts/team/{team.pk}/change/", form)

    team.refresh_from_db()
    assert (team.name, team.slug) == ("Net", "network")


def test_a_department_with_people_is_not_removed(admin, client_of, department, requester):
    client, empty = client_of(admin), Department.objects.create(name="Empty")

    assert (
        client.post(
            f"/admin/accounts/department/{department.pk}/delete/", {"post": "yes"}
        ).status_code
        == 403
    )
    assert (
        client.post(f"/admin/accounts/department/{empty.pk}/delete/", {"post": "yes"}).status_code
        == 302
    )
    line = AdminChange.objects.get()
    assert (line.action, line.before) == ("removed", {"name": "Empty", "shares_tickets": False})


def test_a_role_that_is_held_or_seeded_is_not_removed(admin, client_of, requester):
    client = client_of(admin)
    made = Role.objects.create(name="Odd", slug="odd")
    url = f"/admin/accounts/role/{made.pk}/delete/"
    held = Grant.objects.create(user=requester, role=made)

    assert client.post(url, {"post": "yes"}).status_code == 403
    held.delete()
    assert client.post(url, {"post": "yes"}).status_code == 302
    assert not Role.objects.filter(slug="odd").exists()


def test_a_service_is_made_by_who_manages_categories(who_may, client_of, team):
    client = client_of(who_may("categories.manage"))

    client.post("/admin/tickets/service/add/", {"name": "E-mail", "owner_team": team.pk})

    assert Service.objects.get().slug == "e-mail"
    assert AdminChange.objects.get().kind == "tickets.service"


def test_articles_are_read_here_and_written_on_the_shelf(admin, client_of, make_article):
    client, article = client_of(admin), make_article()

    page = client.get(f"/admin/knowledge/article/{article.pk}/change/")
    assert page.status_code == 200
    assert f"/desk/kb/{article.slug}/" in page.content.decode()
    answer = client.post(
        f"/admin/knowledge/article/{article.pk}/change/", {"title": "Mine", "state": "draft"}
    )
    assert answer.status_code == 403
    article.refresh_from_db()
    assert article.is_published


def test_who_may_not_read_an_article_does_not_meet_it_here(who_may, client_of, make_article):
    article = make_article("Only for staff", audience="staff")
    client = client_of(who_may("audit.read"))

    assert "Only for staff" not in client.get("/admin/knowledge/article/").content.decode()
    assert client.get(f"/admin/knowledge/article/{article.pk}/change/").status_code == 302


def test_an_article_category_is_made_with_an_address(admin, client_of):
    client_of(admin).post(
        "/admin/knowledge/section/add/",
        {"name": "First steps", "icon": "book-open", "position": 1, "review_days": 365},
    )

    assert Section.objects.get().slug == "first-steps"


# The grid -------------------------------------------------------------------------------------------


def grid(client) -> dict:
    """The grid's form as a browser without JavaScript would send it."""
    page = client.get("/admin/roles/")
    held = [
        box.value
        for _title, rows in page.context["groups"]
        for row in rows
        for box in row.boxes
        if box.is_held and not box.is_locked
    ]
    return {"shown": page.context["shown"], "held": held}


def test_the_grid_shows_each_permission_once_with_its_line(admin, client_of):
    html = client_of(admin).get("/admin/roles/").content.decode()

    for permission in Permission:
        assert (
            html.count(f'data-permission="{permission.label}"'.replace("'", "&#x27;"))
            == Role.objects.count()
        )
    assert "Agent: Change priority" in html
    assert "Change impact, urgency and priority." in html


def test_the_grid_saves_what_was_ticked_and_cleared(admin, client_of):
    client = client_of(admin)
    agent, auditor = (Role.objects.get(slug=slug) for slug in ("agent", "auditor"))
    form = grid(client)
    form["held"].append(f"{agent.pk}:articles.publish")
    form["held"].remove(f"{auditor.pk}:tickets.see")

    answer = client.post("/admin/roles/permissions/", form, follow=True)

    assert "Saved: Agent, Auditor." in answer.content.decode()
    agent.refresh_from_db()
    auditor.refresh_from_db()
    assert "articles.publish" in agent.permissions
    assert "tickets.see" not in auditor.permissions
    lines = AdminChange.objects.filter(kind="accounts.role")
    assert lines.count() == 2
    assert "articles.publish" not in lines.get(label="Agent").before["permissions"]


def test_sending_the_grid_as_it_is_changes_nothing(admin, client_of):
    client = client_of(admin)

    client.post("/admin/roles/permissions/", grid(client))

    assert not AdminChange.objects.exists()
    assert Role.objects.get(slug="administrator").permissions == Permission.values


def test_two_people_in_the_grid_dont_undo_each_other(admin, client_of):
    first, second = client_of(admin), client_of(make_person("Second Admin", "administrator"))
    agent = Role.objects.get(slug="agent")
    one, two = grid(first), grid(second)
    one["held"].append(f"{agent.pk}:articles.publish")
    two["held"].remove(f"{agent.pk}:tickets.assign")

    first.post("/admin/roles/permissions/", one)
    second.post("/admin/roles/permissions/", two)

    agent.refresh_from_db()
    assert "articles.publish" in agent.permissions
    assert "tickets.assign" not in agent.permissions


@pytest.mark.parametrize(
    "value", ["x:tickets.see", "1", ":", "999999:tickets.see", "1:is_superuser"]
)
def test_a_forged_box_is_refused(value, admin, client_of):
    answer = client_of(admin).post("/admin/roles/permissions/", {"shown": "", "held": [value]})

    assert answer.status_code == 422
    assert not AdminChange.objects.exists()


def test_the_administrators_own_box_is_locked(admin, client_of):
    client, role = client_of(admin), Role.objects.get(slug="administrator")
    forged = {"shown": f"{role.pk}:roles.manage", "held": []}

    assert client.post("/admin/roles/permissions/", forged).status_code == 422
    role.refresh_from_db()
    assert "roles.manage" in role.permissions


def test_a_role_is_made_from_another(admin, client_of):
    agent = Role.objects.get(slug="agent")
    form = {
        "name": "Night shift",
        "description": "Nights",
        "like": agent.pk,
        "permissions": '["roles.manage"]',
        "is_everybody": "on",
    }

    answer = client_of(admin).post("/admin/accounts/role/add/", form)

    assert answer.status_code == 302
    made = Role.objects.get(slug="night-shift")
    assert (made.permissions, made.is_everybody, made.is_seeded) == (
        agent.permissions,
        False,
        False,
    )
    assert AdminChange.objects.count() == 1


# The log --------------------------------------------------------------------------------------------


def test_the_log_tells_before_and_after_in_words(admin, client_of, requester, department):
    client = client_of(admin)
    client.post(
        f"/admin/accounts/user/{requester.pk}/change/",
        person_form(requester, phone="0171", department=department.pk),
    )
    agent = Role.objects.get(slug="agent")
    client.post(
        "/admin/roles/permissions/", {"shown": "", "held": [f"{agent.pk}:articles.publish"]}
    )

    html = client.get("/admin/accounts/adminchange/").content.decode()

    assert "Alex Heron" in html
    assert "person “Robin Kestrel” changed" in html
    assert "<ins>0171</ins>" in html
    assert "+ Publish and withdraw articles" in html


def test_the_log_is_filtered_by_who_what_when_and_how(admin, client_of, requester):
    other = make_person("Second Admin", "administrator")
    client_of(other).post("/admin/accounts/department/add/", {"name": "Sales"})
    client = client_of(admin)
    client.post("/admin/accounts/department/add/", {"name": "Legal"})

    for query, seen, hidden in [
        ({"actor": other.pk}, "Sales", "Legal"),
        ({"kind": "accounts.team"}, "", "Legal"),
        ({"action__exact": "removed"}, "", "Legal"),
        ({"at__year": "2001"}, "", "Legal"),
        ({"actor": "x"}, "Legal", "nothing like this"),
    ]:
        html = client.get("/admin/accounts/adminchange/", query).content.decode()
        assert seen in html, query
        assert f"“{hidden}”" not in html, query


def test_nobody_changes_the_log(admin, client_of):
    client = client_of(admin)
    client.post("/admin/accounts/department/add/", {"name": "Sales"})
    line = AdminChange.objects.get()

    for act in ["change", "delete"]:
        assert (
            client.post(
                f"/admin/accounts/adminchange/{line.pk}/{act}/", {"label": "x", "post": "yes"}
            ).status_code
            == 403
        )
    assert AdminChange.objects.get().label == "Sales"


def test_what_a_person_is_called_is_text_everywhere_in_the_log(admin, client_of):
    client = client_of(admin)
    client.post("/admin/accounts/department/add/", {"name": "<img src=x onerror=alert(1)>"})

    assert "<img src=x" not in client.get("/admin/accounts/adminchange/").content.decode()


def test_djangos_own_log_stays_empty(admin, client_of, requester):
    client = client_of(admin)
    client.post("/admin/accounts/department/add/", {"name": "Sales"})
    client.post(f"/admin/accounts/user/{requester.pk}/change/", person_form(requester, phone="1"))
    client.post(
        f"/admin/accounts/department/{Department.objects.get(name='Sales').pk}/delete/",
        {"post": "yes"},
    )

    assert not LogEntry.objects.exists()
    assert AdminChange.objects.count() == 3


# The walk -------------------------------------------------------------------------------------------


def test_category_role_and_member_take_effect_at_once(admin, client_of, requester, other_requester):
    client = client_of(admin)
    client.post("/admin/accounts/team/add/", {"name": "Printing", "assigns": "by_hand", **inline()})
    team = Team.objects.get(slug="printing")
    client.post("/admin/categories/new/", {"name": "Office", "icon": "tag"})
    office = Category.objects.get(name="Office")
    client.post(
        "/admin/categories/new/",
        {"name": "Paper jam", "icon": "printer", "under": office.pk, "default_team": team.pk},
    )
    client.post(
        "/admin/accounts/role/add/",
        {"name": "Printer people", "like": Role.objects.get(slug="agent").pk},
    )
    role = Role.objects.get(slug="printer-people")
    theirs = client_of(other_requester)
    assert theirs.get("/desk/").status_code == 403

    form = {
        "name": team.name,
        "assigns": "by_hand",
        **inline("grants", {"user": other_requester.pk, "role": role.pk}),
    }
    client.post(f"/admin/accounts/team/{team.pk}/change/", form)

    jam = Category.objects.get(name="Paper jam")
    filed = file_a_ticket(client_of(requester), jam)
    assert filed.team == team
    assert theirs.get(f"/desk/tickets/{filed.ref}/").status_code == 200


def file_a_ticket(client, category):
    from incidents.tickets.models import Ticket

    client.post(
        "/tickets/new/",
        {
            "title": "Jam",
            "description": "Tray two",
            "category": category.pk,
            "impact": "me",
            "urgency": "slow",
        },
    )
    return Ticket.objects.get()
