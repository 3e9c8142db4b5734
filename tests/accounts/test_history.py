"""What was changed of one thing is read on its page, and put back from there."""

import pytest

from accounts import actions as people
from accounts.actions.record import record_changed, snapshot
from accounts.administration import versions
from accounts.models import AdminChange, Department, Grant, Role, Team
from incidents.portal.models import Announcement
from incidents.tickets.actions import categories
from incidents.tickets.models import Category, Service
from tests.accounts.test_administration import inline
from tests.conftest import make_person


def save_team(client, team, **changes):
    form = {
        "name": team.name,
        "description": team.description,
        "assigns": team.assigns,
        **inline(),
        **changes,
    }
    return client.post(f"/admin/accounts/team/{team.pk}/change/", form)


def newest(**about) -> AdminChange:
    return AdminChange.objects.filter(**about).order_by("-pk")[0]


def test_a_history_tells_each_change_and_puts_one_back(admin, client_of, team):
    client = client_of(admin)
    save_team(client, team, name="Net", description="Cables")
    save_team(client, team, name="Net", description="Cables and air")

    page = client.get(f"/admin/accounts/team/{team.pk}/history/").content.decode()
    assert "<ins>Cables and air</ins>" in page
    first = AdminChange.objects.order_by("pk").first()
    asked = client.get(f"/admin/history/{first.pk}/").content.decode()
    assert "What putting back changes now" in asked
    assert "<ins>Network</ins>" in asked
    assert AdminChange.objects.count() == 2, "a look changes nothing"

    answer = client.post(f"/admin/history/{first.pk}/", follow=True)

    assert "“Network” is as it was before." in answer.content.decode()
    team.refresh_from_db()
    assert (team.name, team.description, team.slug) == ("Network", "", "network")
    noted = newest()
    assert (noted.action, noted.actor, noted.after["name"]) == ("changed", admin, "Network")


def test_only_what_was_changed_since_is_put_back(admin, client_of, team):
    client = client_of(admin)
    save_team(client, team, name="Net", asks_rating="on")
    save_team(client, team, name="Net", description="Cables", asks_rating="on")

    client.post(f"/admin/history/{newest().pk}/")

    team.refresh_from_db()
    assert (team.name, team.description) == ("Net", "")


def test_what_was_removed_is_brought_back(admin, client_of, department):
    client = client_of(admin)
    banner = Announcement.objects.create(
        title="Works", starts_at="2026-11-01T10:00Z", department=department
    )
    client.post(f"/admin/portal/announcement/{banner.pk}/delete/", {"post": "yes"})

    assert "Works" in client.get("/admin/removed/").content.decode()
    answer = client.post(f"/admin/history/{newest().pk}/")

    assert answer.status_code == 302
    back = Announcement.objects.get(title="Works")
    assert (back.department, back.starts_at.isoformat()) == (
        department,
        "2026-11-01T10:00:00+00:00",
    )
    assert newest().action == "added"


def test_what_it_pointed_at_is_gone(admin, client_of):
    legal = Department.objects.create(name="Legal")
    banner = Announcement.objects.create(
        title="Works", starts_at="2026-11-01T10:00Z", department=legal
    )
    client = client_of(admin)
    client.post(f"/admin/portal/announcement/{banner.pk}/delete/", {"post": "yes"})
    gone = newest()
    legal.delete()

    asked = client.get(f"/admin/history/{gone.pk}/").content.decode()
    answer = client.post(f"/admin/history/{gone.pk}/")

    assert "The department “Legal” is gone" in asked
    assert answer.status_code == 422
    assert not Announcement.objects.exists()


def test_a_name_that_was_taken_since_is_refused(admin, client_of, team):
    client = client_of(admin)
    save_team(client, team, name="Net")
    Team.objects.create(name="Network", slug="network-2")

    answer = client.post(f"/admin/history/{newest().pk}/")

    assert answer.status_code == 422
    team.refresh_from_db()
    assert team.name == "Net"


def test_the_grid_of_roles_is_put_back_by_its_own_rules(admin, client_of):
    client, agent = client_of(admin), Role.objects.get(slug="agent")
    had = list(agent.permissions)
    client.post(
        "/admin/roles/permissions/",
        {"shown": f"{agent.pk}:tickets.see", "held": [f"{agent.pk}:articles.publish"]},
    )

    client.post(f"/admin/history/{newest().pk}/")

    agent.refresh_from_db()
    assert agent.permissions == had


def test_nobody_locks_themselves_out_by_putting_back(db, client_of):
    boss = make_person("Only Boss")
    role = Role.objects.create(name="Boss", slug="boss", permissions=["people.manage"])
    line = AdminChange.objects.create(
        actor=boss, action="changed", kind="accounts.role", object_id=str(role.pk), label="Boss",
        before={"permissions": ["people.manage"]}, after={"permissions": ["people.manage", "roles.manage"]},
    )  # fmt: skip
    role.permissions = ["people.manage", "roles.manage"]
    role.save()
    Grant.objects.create(user=boss, role=role)

    answer = client_of(boss).post(f"/admin/history/{line.pk}/")

    assert answer.status_code == 409
    role.refresh_from_db()
    assert "roles.manage" in role.permissions


def test_a_role_taken_from_somebody_comes_back(admin, client_of, agent):
    client, held = client_of(admin), agent.grants.get()
    form = {
        "display_name": agent.display_name, "email": agent.email, "is_active": "on",
        **inline("grants", {"id": held.pk, "user": agent.pk, "role": held.role_id, "team": held.team_id, "DELETE": "on"}, initial=1),
    }  # fmt: skip
    client.post(f"/admin/accounts/user/{agent.pk}/change/", form)
    assert not agent.grants.exists()

    page = client.get(f"/admin/accounts/user/{agent.pk}/history/").content.decode()
    assert "Bring back" in page
    client.post(f"/admin/history/{newest(kind='accounts.grant').pk}/")

    assert agent.grants.get().team_id == held.team_id


def test_a_category_goes_back_to_its_place(admin, client_of, team):
    top = categories.add_category("Office", by=admin)
    low = categories.add_category("Printer", by=admin, parent=top)
    categories.move_category(low, under=None, by=admin)
    moved = newest(object_id=str(low.pk))

    client_of(admin).post(f"/admin/history/{moved.pk}/")

    low.refresh_from_db()
    assert low.parent == top


def test_a_merged_category_is_not_put_back(admin, client_of):
    one, two = categories.add_category("A", by=admin), categories.add_category("B", by=admin)
    categories.merge_category(one, into=two, by=admin)

    answer = client_of(admin).post(f"/admin/history/{newest(object_id=str(one.pk)).pk}/")

    assert answer.status_code == 409
    assert "was merged into" in answer.content.decode()


def test_what_was_added_has_nothing_before(admin, client_of):
    client = client_of(admin)
    client.post("/admin/accounts/department/add/", {"name": "Legal"})

    page = client.get(f"/admin/history/{newest().pk}/").content.decode()

    assert "Put back" not in page.partition("<h1")[2].partition("</h1>")[2]
    assert client.post(f"/admin/history/{newest().pk}/").status_code == 403


def test_the_auditor_reads_every_history_and_puts_nothing_back(admin, auditor, client_of, team):
    save_team(client_of(admin), team, name="Net")
    client = client_of(auditor)

    assert client.get(f"/admin/accounts/team/{team.pk}/history/").status_code == 200
    assert client.get(f"/admin/history/{newest().pk}/").status_code == 200
    assert client.get("/admin/removed/").status_code == 200
    assert client.post(f"/admin/history/{newest().pk}/").status_code == 403


def test_who_does_not_open_the_table_does_not_read_its_history(manager, admin, client_of, team):
    save_team(client_of(admin), team, name="Netherfield")
    client = client_of(manager)

    assert client.get(f"/admin/accounts/team/{team.pk}/history/").status_code == 403
    assert client.get(f"/admin/history/{newest().pk}/").status_code == 404
    assert "Netherfield" not in client.get("/admin/removed/").content.decode()


@pytest.mark.parametrize("key", ["999999", "x"])
def test_a_history_of_nothing_is_not_there(key, admin, client_of):
    assert client_of(admin).get(f"/admin/accounts/team/{key}/history/").status_code == 404


def test_a_service_keeps_its_departments(admin, client_of, department, service):
    client = client_of(admin)
    service.used_by.add(department)
    form = {"name": service.name, "owner_team": service.owner_team_id, "used_by": []}
    client.post(f"/admin/tickets/service/{service.pk}/change/", form)
    assert not service.used_by.exists()

    versions.put_back(newest(kind="tickets.service"), by=admin)

    assert list(Service.objects.get().used_by.all()) == [department]
    assert not Category.objects.filter(slug="x").exists()


def test_an_old_phone_number_of_a_person_brings_back_only_itself(admin, requester):
    before = snapshot(requester)
    requester.phone = "0171 1"
    requester.save()
    record_changed(requester, by=admin, before=before)
    first = newest(kind="accounts.user")
    people.deactivate(requester, by=admin)

    versions.put_back(first, by=admin)

    requester.refresh_from_db()
    assert (requester.phone, requester.is_active) == (before["phone"], False)
