"""Access tokens: who makes which, when they end, and that the secret is kept nowhere."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts import access, actions, policies
from accounts.access import BadToken, Scope
from accounts.errors import InvalidInput, NotAllowed, Refused
from accounts.models import AccessToken, AuditEntry, Grant, Role, User
from accounts.sso.actions import follow_groups
from accounts.sso.models import GroupRule, Provider
from tests.conftest import PASSWORD, make_person

READ = [Scope.TICKETS_READ]


def make(person, by=None, **given):
    fields = {"name": "Script", "scopes": READ, "days": 30, **given}
    return actions.make_token(person, by=by or person, **fields)


def holder(secret, at=None):
    return access.holder_of(secret, at=at or timezone.now())


def test_a_token_leads_to_its_person(requester):
    token, secret = make(requester)

    assert access.SECRET.fullmatch(secret)
    assert holder(secret).person == requester
    assert secret.startswith(token.hint)


def test_the_secret_is_kept_nowhere(requester):
    token, secret = make(requester)
    entry = AuditEntry.objects.filter(kind="token_made").get()

    kept = [str(value) for value in AccessToken.objects.filter(pk=token.pk).values_list()]
    assert secret not in " ".join(kept)
    assert secret not in f"{entry.label} {entry.data}"
    assert entry.data["scopes"] == ["tickets:read"]


@pytest.mark.parametrize("secret", ["", "fb_", "fb_" + "0" * 48, "fb_" + "A" * 48, "session"])  # fmt: skip
def test_what_is_no_token_opens_nothing(requester, secret):
    make(requester)
    with pytest.raises(BadToken):
        holder(secret)


@pytest.mark.parametrize("wrong", [
    {"name": " "}, {"name": "x" * 81}, {"scopes": []}, {"scopes": ["tickets:admin"]}, {"days": 366}, {"days": 0},
])  # fmt: skip
def test_what_a_token_cannot_be(requester, wrong):
    with pytest.raises(InvalidInput):
        make(requester, **wrong)


def test_a_token_expires(requester):
    _token, secret = make(requester, days=7)

    assert holder(secret, at=timezone.now() + timedelta(days=6))
    with pytest.raises(BadToken):
        holder(secret, at=timezone.now() + timedelta(days=7, minutes=1))


def test_revoking_ends_it_at_once_and_is_noted(requester):
    token, secret = make(requester)
    actions.revoke_token(token, by=requester)

    with pytest.raises(BadToken):
        holder(secret)
    assert AuditEntry.objects.filter(kind="token_ended").count() == 1
    actions.revoke_token(token, by=requester)
    assert AuditEntry.objects.filter(kind="token_ended").count() == 1


def test_only_oneself_or_who_manages_connections_revokes(requester, other_requester, admin):
    token, _secret = make(requester)

    with pytest.raises(NotAllowed):
        actions.revoke_token(token, by=other_requester)
    assert actions.revoke_token(token, by=admin).ended_why == "revoked"


def test_nobody_makes_a_token_for_somebody_else(requester, admin):
    with pytest.raises(NotAllowed):
        make(requester, by=admin)


def test_deactivation_ends_tokens_for_good(requester, admin):
    _token, secret = make(requester)
    actions.deactivate(requester, by=admin)
    with pytest.raises(BadToken):
        holder(secret)
    actions.reactivate(requester, by=admin)
    with pytest.raises(BadToken):
        holder(secret)


def test_another_address_ends_tokens(requester, admin):
    _token, secret = make(requester)
    actions.change_email(requester, to="new@example.com", by=admin)
    with pytest.raises(BadToken):
        holder(secret)


def test_a_changed_password_ends_tokens(client, requester):
    _token, secret = make(requester)
    client.post("/accounts/login/", {"login": requester.email, "password": PASSWORD})
    client.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": "another long password", "password2": "another long password"},
    )  # fmt: skip
    requester.refresh_from_db()
    assert requester.check_password("another long password")
    with pytest.raises(BadToken):
        holder(secret)


def test_its_use_is_noted_once_a_minute(requester):
    token, _secret = make(requester)
    now = timezone.now()
    for seconds in (0, 30, 59):
        access.note_use(token, at=now + timedelta(seconds=seconds))
        token.refresh_from_db()
    assert token.last_used_at == now
    access.note_use(token, at=now + timedelta(seconds=61))
    token.refresh_from_db()
    assert token.last_used_at == now + timedelta(seconds=61)


# The second step ---------------------------------------------------------------------------------------


def test_where_staff_need_a_second_step_a_token_is_no_way_round_it(settings, agent, requester):
    _token, secret = make(agent)
    settings.REQUIRE_STAFF_MFA = True

    assert access.lacks_second_factor(holder(secret))
    with pytest.raises(Refused):
        make(agent)
    assert make(requester)


# Programs ---------------------------------------------------------------------------------------------------


@pytest.fixture
def program(admin):
    return actions.make_service_account("Monitoring", by=admin)


def test_a_program_never_signs_in(client, program):
    program.set_password(PASSWORD)
    program.save()
    client.post("/accounts/login/", {"login": program.email, "password": PASSWORD})
    assert client.get("/accounts/").status_code == 302
    client.force_login(program, backend="accounts.backends.PeopleBackend")
    assert client.get("/accounts/").status_code == 302


def test_a_program_is_nobody_to_pick_or_write_to(program):
    assert program not in User.objects.people()
    assert program.email.endswith("@service.invalid")


def test_a_programs_address_stays(program, admin):
    with pytest.raises(Refused):
        actions.change_email(program, to="boss@example.com", by=admin)


def test_who_makes_a_programs_token_holds_all_its_rights(program, admin, team):
    Role.objects.create(name="Channels", slug="channels", permissions=["channels.manage"])
    keeper = make_person("Kim Dale", "channels")
    assert make(program, by=keeper)
    Grant.objects.create(user=program, role=Role.objects.get(slug="agent"), team=team)
    program = User.objects.get(pk=program.pk)
    with pytest.raises(NotAllowed):
        make(program, by=keeper)
    assert make(program, by=admin)


@pytest.fixture
def keeper(db):
    Role.objects.create(name="Channels", slug="channels", permissions=["channels.manage"])
    return make_person("Kim Dale", "channels")


def give(program, role, admin, **given):
    actions.grant(program, role=Role.objects.get(slug=role), team=given.get("team"), by=admin)


def outgrow_by_hand(program, admin, team):
    give(program, "agent", admin, team=team)


def outgrow_by_a_role(program, admin, team):
    give(program, "channels", admin)
    assert AccessToken.objects.alive(timezone.now()).count() == 2, "its makers hold that, too"
    other = Role.objects.create(name="Watch", slug="watch", permissions=[])
    give(program, "watch", admin)
    actions.set_permissions(give=[(other.pk, "tickets.see")], by=admin)


def outgrow_by_a_group(program, admin, team):
    row = Provider.objects.create(kind="ldap", name="Corp", slug="corp", issuer="ldap:corp")
    role = Role.objects.get(slug="agent")
    GroupRule.objects.create(provider=row, group="programs", role=role, team=team)
    follow_groups(program, provider=row, groups=["programs"])


@pytest.mark.parametrize("outgrow", [outgrow_by_hand, outgrow_by_a_role, outgrow_by_a_group])
def test_a_program_that_is_given_more_ends_tokens_whose_makers_have_less(
    outgrow, program, keeper, admin, team
):
    token, secret = make(program, by=keeper)
    _other, whole = make(program, by=admin)

    outgrow(program, admin, team)

    with pytest.raises(BadToken):
        holder(secret)
    assert holder(whole), "who manages roles may make it still"
    token.refresh_from_db()
    assert token.ended_why == "outgrown"
    ended = AuditEntry.objects.get(kind="token_ended")
    assert (ended.data["hint"], ended.data["why"]) == (token.hint, "outgrown")


def test_what_takes_nothing_from_makers_ends_nothing(program, keeper, admin, agent):
    _token, secret = make(program, by=keeper)
    _own, mine = make(agent)

    give(program, "channels", admin)
    give(agent, "administrator", admin)

    assert holder(secret)
    assert holder(mine)


def test_rights_everywhere_are_none_in_a_private_team(private_team):
    Role.objects.create(name="See", slug="see", permissions=["tickets.see"])
    everywhere, inside = make_person("A B", "see"), make_person("C D", ("see", private_team))

    assert not policies.has_rights_of(everywhere, inside)


def test_agents_make_no_programs(agent):
    with pytest.raises(NotAllowed):
        actions.make_service_account("X", by=agent)


# Pages --------------------------------------------------------------------------------------------------------


@pytest.fixture
def browser(client, requester):
    """Signed in by password a moment ago, so nothing more is asked."""
    client.post("/accounts/login/", {"login": requester.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def test_one_makes_a_token_and_sees_it_once(browser, requester):
    page = browser.post("/accounts/tokens/", {"name": "Script", "scopes": ["tickets:read"], "days": "30"}, follow=True)  # fmt: skip
    secret = access.SECRET.search(page.content.decode())[0]

    assert holder(secret).person == requester
    assert page.redirect_chain == [("/accounts/tokens/", 302)], (
        "loaded again it makes no second one"
    )
    assert secret not in browser.get("/accounts/tokens/").content.decode()
    assert "no-store" in page["Cache-Control"]


def test_the_page_says_when_each_was_last_used_and_until_when_it_is(browser, client, requester):
    _token, secret = make(requester)
    page = browser.get("/accounts/tokens/").text
    assert "never used" in page
    assert "until" in page

    client.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})

    page = browser.get("/accounts/tokens/").text
    assert "last used" in page
    assert "never used" not in page


def test_a_form_that_cannot_be_used_says_why(browser):
    page = browser.post("/accounts/tokens/", {"name": "", "days": "9999"})

    assert page.status_code == 422
    assert not AccessToken.objects.exists()


def test_making_one_asks_for_the_password_first(client_of, requester):
    stale = client_of(requester)
    answer = stale.post("/accounts/tokens/", {"name": "x", "scopes": ["tickets:read"], "days": "30"})  # fmt: skip

    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert not AccessToken.objects.exists()


def test_one_revokes_ones_own_and_nobody_elses(browser, requester, other_requester):
    own, _secret = make(requester)
    foreign, _secret = make(other_requester)

    assert browser.post(f"/accounts/tokens/{own.pk}/revocation/").status_code == 302
    assert browser.post(f"/accounts/tokens/{foreign.pk}/revocation/").status_code == 404
    own.refresh_from_db()
    assert own.ended_at


def test_staff_without_a_second_step_are_led_there(settings, client, agent):
    client.post("/accounts/login/", {"login": agent.email, "password": PASSWORD})
    settings.REQUIRE_STAFF_MFA = True
    page = client.get("/accounts/tokens/").content.decode()

    assert "Set up the second step" in page
    assert 'name="scopes"' not in page


def test_administration_makes_a_program_and_its_token(client, admin):
    client.post("/accounts/login/", {"login": admin.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/admin/service-accounts/new/", {"name": "Monitoring"})
    program = User.objects.get(is_service=True)
    sent = {f"of{program.pk}-name": "nagios", f"of{program.pk}-scopes": ["tickets:write"], f"of{program.pk}-days": "365"}  # fmt: skip
    page = client.post(f"/admin/service-accounts/{program.pk}/tokens/", sent, follow=True)

    token = holder(access.SECRET.search(page.content.decode())[0])
    assert token.person == program
    client.post(f"/admin/service-accounts/tokens/{token.pk}/revocation/")
    token.refresh_from_db()
    assert token.ended_at


def test_administration_makes_no_token_of_a_person(client, admin, requester):
    client.post("/accounts/login/", {"login": admin.email, "password": PASSWORD})
    assert client.post(f"/admin/service-accounts/{requester.pk}/tokens/").status_code == 404


def test_who_reads_the_audit_sees_and_changes_nothing(client_of, auditor, requester):
    token, _secret = make(requester)
    browser = client_of(auditor)

    assert token.hint in browser.get("/admin/service-accounts/").content.decode()
    assert browser.post(f"/admin/service-accounts/tokens/{token.pk}/revocation/").status_code == 403


def test_a_secret_waits_sealed_and_not_for_long(browser):
    typed = {"name": "Script", "scopes": ["tickets:read"], "days": "30"}
    browser.post("/accounts/tokens/", typed)
    assert "fb_" not in str(dict(browser.session)), "a copy of the sessions opens nothing"

    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        page = browser.get("/accounts/tokens/")
    assert access.SECRET.search(page.content.decode()) is None


def test_an_address_that_only_a_button_sends_to_says_so(browser):
    answer = browser.get("/accounts/feeds/calendar/")

    assert answer.status_code == 405
    assert "There is no page here" in answer.text
    assert answer["Allow"] == "POST"
