"""Who holds which role, and what roles allow."""

import pytest

from accounts import actions
from accounts.actions.rights import LastAdministrator
from accounts.errors import InvalidInput, NotAllowed, Refused
from accounts.models import AdminChange, Grant, Role
from accounts.permissions import Permission
from tests.conftest import make_person
from tests.threads import together


@pytest.fixture
def roles(db):
    return {role.slug: role for role in Role.objects.all()}


@pytest.fixture
def clerk(roles):
    """Manages people, but not roles."""
    role = Role.objects.create(name="Clerk", slug="clerk", permissions=["people.manage"])
    person = make_person("Hana Plover")
    Grant.objects.create(user=person, role=role)
    return person


def test_a_granted_role_holds_at_once_and_is_noted(admin, requester, roles, team):
    actions.grant(requester, role=roles["agent"], team=team, by=admin)

    assert (
        type(requester).objects.get(pk=requester.pk).permits.allows(Permission.TICKETS_WORK, team)
    )
    line = AdminChange.objects.get()
    assert (line.actor, line.action, line.kind) == (admin, "added", "accounts.grant")
    assert line.label == "Robin Kestrel: Agent, Network"


def test_granting_again_changes_and_records_nothing(admin, requester, roles, team):
    first = actions.grant(requester, role=roles["agent"], team=team, by=admin)
    again = actions.grant(requester, role=roles["agent"], team=team, by=admin)

    assert first == again
    assert AdminChange.objects.count() == 1


@pytest.mark.parametrize("who", ["clerk", "auditor", "manager", "agent", "requester"])
def test_without_the_right_to_manage_roles_nobody_gives_or_takes_one(who, request, agent, roles):
    person = request.getfixturevalue(who)
    held = agent.grants.get()

    with pytest.raises(NotAllowed):
        actions.grant(person, role=roles["administrator"], team=None, by=person)
    with pytest.raises(NotAllowed):
        actions.revoke(held, by=person)
    with pytest.raises(NotAllowed):
        actions.make_role("Mine", by=person)
    with pytest.raises(NotAllowed):
        actions.set_permissions(give=[(roles["requester"].pk, "tickets.see")], by=person)
    assert not AdminChange.objects.exists()


def test_who_left_gets_no_role(admin, requester, roles):
    actions.deactivate(requester, by=admin)

    requester.refresh_from_db()
    with pytest.raises(InvalidInput, match="active"):
        actions.grant(requester, role=roles["agent"], team=None, by=admin)


def test_a_retired_team_gets_no_members(admin, requester, roles, team):
    team.is_retired = True

    with pytest.raises(InvalidInput, match="retired"):
        actions.grant(requester, role=roles["agent"], team=team, by=admin)


def test_what_everybody_holds_is_given_to_nobody(admin, requester, roles):
    with pytest.raises(InvalidInput, match="Everybody"):
        actions.grant(requester, role=roles["requester"], team=None, by=admin)


def test_a_revoked_role_is_gone_and_noted(admin, agent, team):
    actions.revoke(agent.grants.get(), by=admin)

    assert not agent.grants.exists()
    line = AdminChange.objects.get()
    assert (line.action, line.before["team"]["name"]) == ("removed", "Network")


def test_nobody_takes_their_own_last_right_to_manage_roles(admin):
    make_person("Second Admin", "administrator")

    with pytest.raises(LastAdministrator, match="your own"):
        actions.revoke(admin.grants.get(), by=admin)
    assert admin.grants.exists()
    assert not AdminChange.objects.exists()


def test_one_may_swap_ones_own_right_for_another_role_that_has_it(admin):
    other = actions.make_role("Owner", by=admin)
    actions.set_permissions(give=[(other.pk, Permission.ROLES_MANAGE)], by=admin)
    actions.grant(admin, role=other, team=None, by=admin)

    actions.revoke(admin.grants.get(role__slug="administrator"), by=admin)

    assert type(admin).objects.get(pk=admin.pk).permits.anywhere(Permission.ROLES_MANAGE)


def test_the_last_administrator_is_not_deactivated(admin, clerk):
    with pytest.raises(LastAdministrator, match="Nobody would be left"):
        actions.deactivate(admin, by=clerk)

    admin.refresh_from_db()
    assert admin.is_active


@pytest.mark.django_db(transaction=True)
def test_two_administrators_cant_take_each_other_out_at_once(admin):
    second = make_person("Second Admin", "administrator")
    pairs = [(admin.grants.get(), second), (second.grants.get(), admin)]

    def take() -> object:
        held, by = pairs.pop()
        try:
            return actions.revoke(held, by=type(by).objects.get(pk=by.pk))
        except Refused as refusal:
            return refusal

    results = together(2, take)

    assert sum(isinstance(result, Refused) for result in results) == 1
    assert Grant.objects.filter(role__slug="administrator").count() == 1


def test_the_grid_changes_several_roles_at_once_or_none(admin, roles):
    agent, auditor = roles["agent"], roles["auditor"]

    with pytest.raises(InvalidInput):
        actions.set_permissions(
            give=[(agent.pk, "articles.publish"), (99999, "tickets.see")], by=admin
        )
    agent.refresh_from_db()
    assert "articles.publish" not in agent.permissions

    actions.set_permissions(
        give=[(agent.pk, "articles.publish")], take=[(auditor.pk, "tickets.see")], by=admin
    )
    agent.refresh_from_db()
    auditor.refresh_from_db()
    assert "articles.publish" in agent.permissions
    assert "tickets.see" not in auditor.permissions
    assert set(AdminChange.objects.values_list("label", flat=True)) == {"Agent", "Auditor"}


def test_saving_the_grid_touches_no_cell_that_was_not_named(admin, roles):
    agent = roles["agent"]
    actions.set_permissions(give=[(agent.pk, "articles.publish")], by=admin)
    actions.set_permissions(take=[(agent.pk, "tickets.assign")], by=admin)

    agent.refresh_from_db()
    assert "articles.publish" in agent.permissions
    assert "tickets.assign" not in agent.permissions


def test_setting_what_is_set_records_nothing(admin, roles):
    assert actions.set_permissions(give=[(roles["agent"].pk, "tickets.see")], by=admin) == []
    assert not AdminChange.objects.exists()


def test_the_administrator_role_keeps_the_right_to_manage_roles(admin, roles):
    with pytest.raises(InvalidInput, match="always manage roles"):
        actions.set_permissions(take=[(roles["administrator"].pk, "roles.manage")], by=admin)


@pytest.mark.parametrize(
    "permission", ["people.manage", "roles.manage", "categories.manage", "audit.read"]
)
def test_what_everybody_holds_never_opens_administration(admin, roles, permission):
    with pytest.raises(InvalidInput, match="Everybody"):
        actions.set_permissions(give=[(roles["requester"].pk, permission)], by=admin)


def test_a_permission_that_does_not_exist_is_refused(admin, roles):
    with pytest.raises(InvalidInput):
        actions.set_permissions(give=[(roles["agent"].pk, "is_superuser")], by=admin)


def test_a_new_role_can_start_as_a_copy(admin, roles):
    made = actions.make_role("Night shift", description="Nights", like=roles["agent"], by=admin)

    assert made.permissions == roles["agent"].permissions
    assert made.slug == "night-shift"
    assert AdminChange.objects.get().after["permissions"] == made.permissions


@pytest.mark.parametrize("name", ["  ", "AGENT"])
def test_a_role_needs_a_name_of_its_own(admin, name):
    with pytest.raises(InvalidInput):
        actions.make_role(name, by=admin)
