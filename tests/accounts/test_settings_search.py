"""One box finds pages, settings, permissions and rows; and each permission says who holds it."""

import pytest
from django.utils import translation

from accounts.models import Grant, Role, User
from accounts.permissions import Permission
from accounts.permits import combine
from accounts.views.permission import holders
from tests.conftest import make_person


def found(client, words: str) -> str:
    answer = client.get("/admin/find/", {"q": words}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_pages_settings_permissions_and_rows_are_found(admin, client_of, team, service, department):
    client = client_of(admin)

    assert "/admin/portal/announcement/" in found(client, "banners everybody")
    assert "/admin/tickets/portalrules/" in found(client, "days to reopen")
    assert "/admin/roles/permissions/tickets.prioritise/" in found(client, "change priority")
    assert f"/admin/accounts/team/{team.pk}/change/" in found(client, "netw")
    assert f"/admin/tickets/service/{service.pk}/change/" in found(client, "VPN access")


def test_the_page_without_javascript_holds_the_same(admin, client_of, team):
    page = client_of(admin).get("/admin/find/", {"q": "network"}).content.decode()

    assert f"/admin/accounts/team/{team.pk}/change/" in page
    assert 'value="network"' in page


@pytest.mark.parametrize("words", ["", "   ", "\x00", "%", "_", "'; DROP", "<script>", "x" * 5000])
def test_odd_words_find_nothing_and_break_nothing(words, admin, client_of):
    html = found(client_of(admin), words)

    assert "<script>" not in html
    assert "fb-found a" not in html


def test_only_what_one_may_open_is_found(manager, client_of, team, requester):
    client = client_of(manager)

    assert "team/" not in found(client, "network")
    assert "Robin" not in found(client, "robin")
    assert "permissions/" not in found(client, "change priority")
    assert "/admin/portal/announcement/" in found(client, "announcements")


def test_settings_are_found_in_the_readers_language(admin, client_of):
    admin.language = "de"
    admin.save()
    with translation.override("de"):
        label = str(Permission.TICKETS_PRIORITISE.label)

    assert "tickets.prioritise" in found(client_of(admin), label)


def test_the_auditor_finds_everything(auditor, client_of, team, requester):
    assert "change/" in found(client_of(auditor), "network")
    assert "Robin Kestrel" in found(client_of(auditor), "robin")


def test_people_without_administration_have_no_box(agent, client_of):
    assert client_of(agent).get("/admin/find/").status_code == 403


# Who can do this ----------------------------------------------------------------------------------------------


def test_a_permission_names_its_people_with_role_and_place(admin, client_of, agent, manager, team):
    page = client_of(admin).get("/admin/roles/permissions/tickets.assign/").content.decode()

    assert "Sasha Vole" in page
    assert "Agent (Network)" in page
    assert "Incident manager (everywhere)" in page
    assert "Robin" not in page


def test_what_everybody_holds_says_so(admin, client_of):
    page = (
        client_of(admin).get("/admin/roles/permissions/tickets.file_for_others/").content.decode()
    )

    assert "Everybody who can sign in" in page


@pytest.mark.parametrize("permission", Permission)
def test_who_is_named_is_just_who_may(
    permission, admin, agent, lead, manager, editor, auditor, team
):
    """By the rule itself, also for a role of administration that is held in a team only."""
    make_person("In Team Only", ("administrator", team))
    left = make_person("Has Left", "administrator")
    User.objects.filter(pk=left.pk).update(is_active=False)
    roles = [role for role in Role.objects.all() if permission in role.permissions]

    named = set(holders(permission, roles))

    everybody = any(role.is_everybody for role in roles)
    for person in User.objects.people():
        own = combine(
            [
                (held.role.permissions, held.team_id)
                for held in Grant.objects.filter(user=person).select_related("role")
            ]
        )
        assert (person in named) == own.anywhere(permission)
        assert everybody or (person in named) == person.permits.anywhere(permission)


def test_a_permission_that_is_none_is_not_there(admin, manager, client_of):
    assert client_of(admin).get("/admin/roles/permissions/is_superuser/").status_code == 404
    assert client_of(manager).get("/admin/roles/permissions/tickets.see/").status_code == 403
