"""Every kind of entry: what somebody does, and what the audit log says of it."""

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from accounts.audit import Kind
from accounts.models import AdminChange, AuditEntry, Department, Grant, Role
from tests.conftest import PASSWORD

LOGIN = "/accounts/login/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def entries(*kinds):
    return list(AuditEntry.objects.filter(kind__in=kinds).order_by("pk"))


def sign_in(client, person, password=PASSWORD):
    return client.post(
        LOGIN, {"login": getattr(person, "email", person), "password": password}, HTTP_USER_AGENT=FIREFOX
    )  # fmt: skip


# Signing in ----------------------------------------------------------------------------------------


def test_signing_in_and_out_says_from_where(client, requester):
    sign_in(client, requester)
    client.post("/accounts/logout/", HTTP_USER_AGENT=FIREFOX)

    came, went = entries(Kind.SIGNED_IN, Kind.SIGNED_OUT)
    assert (came.kind, went.kind) == ("signed_in", "signed_out")
    for entry in (came, went):
        assert entry.actor == requester
        assert entry.data == {"address": "127.0.0.1", "browser": "Firefox on Linux"}


def test_a_wrong_password_is_noted_about_the_account_by_nobody(client, requester):
    sign_in(client, requester, "wrong")

    [entry] = entries(Kind.SIGN_IN_FAILED)
    assert entry.actor is None
    assert (entry.about_kind, entry.about_key) == ("accounts.user", str(requester.pk))
    assert entry.label == requester.display_name


def test_what_was_typed_for_no_account_is_not_kept(client, db):
    sign_in(client, "hunter2@example.com", "wrong")

    [entry] = entries(Kind.SIGN_IN_FAILED)
    assert "hunter2" not in f"{entry.label}{entry.data}{entry.about_key}"


def test_a_wrong_second_factor_is_noted(client, requester):
    TOTP.activate(requester, generate_totp_secret())
    sign_in(client, requester)
    client.post("/accounts/2fa/authenticate/", {"code": "000000"})

    [entry] = entries(Kind.SECOND_FACTOR_FAILED)
    assert (entry.actor, entry.about_key) == (None, str(requester.pk))
    assert not entries(Kind.SIGNED_IN)


def test_second_factors_that_come_and_go_are_noted(requester, rf):
    """allauth's own pages send these signals; what they do is tested there."""
    from allauth.mfa import signals

    factor = Authenticator(user=requester, type="totp")
    request = rf.get("/", HTTP_USER_AGENT=FIREFOX)
    for signal in (
        signals.authenticator_added,
        signals.authenticator_reset,
        signals.authenticator_removed,
    ):
        signal.send(Authenticator, request=request, user=requester, authenticator=factor)

    kinds = (Kind.SECOND_FACTOR_ADDED, Kind.SECOND_FACTOR_RENEWED, Kind.SECOND_FACTOR_REMOVED)
    found = entries(*kinds)
    assert [entry.kind for entry in found] == list(kinds)
    assert {entry.data["factor"] for entry in found} == {"totp"}


def test_a_new_password_is_noted(client, requester):
    sign_in(client, requester)
    client.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": "another long password", "password2": "another long password"},
    )  # fmt: skip

    [entry] = entries(Kind.PASSWORD_CHANGED)
    assert entry.actor == requester
    assert "another long" not in str(entry.data)


# Administration --------------------------------------------------------------------------------------


def test_every_change_in_administration_has_its_entry(admin, client_of):
    client = client_of(admin)
    client.post("/admin/accounts/department/add/", {"name": "Sales"})
    sales = Department.objects.get(name="Sales")
    client.post(f"/admin/accounts/department/{sales.pk}/change/", {"name": "Selling"})
    client.post(f"/admin/accounts/department/{sales.pk}/delete/", {"post": "yes"})

    found = entries(Kind.ADDED, Kind.CHANGED, Kind.REMOVED)
    assert [entry.kind for entry in found] == ["added", "changed", "removed"]
    assert {entry.actor for entry in found} == {admin}
    assert [entry.data["change"] for entry in found] == list(
        AdminChange.objects.order_by("pk").values_list("pk", flat=True)
    )


def test_rights_are_a_kind_of_their_own(admin, client_of, requester):
    role = Role.objects.get(slug="agent")
    client_of(admin).post(
        "/admin/roles/permissions/", {"shown": "", "held": [f"{role.pk}:articles.publish"]}
    )
    from accounts import actions

    actions.grant(requester, role=role, team=None, by=admin)

    about = [entry.about_kind for entry in entries(Kind.RIGHTS_CHANGED)]
    assert about == ["accounts.role", "accounts.grant"]
    assert Grant.objects.filter(user=requester).exists()


def test_opening_a_page_about_people_is_noted_once_an_hour(admin, client_of, requester):
    client = client_of(admin)
    for _time in range(3):
        client.get(f"/admin/accounts/user/{requester.pk}/change/")
    client.get("/admin/accounts/user/")
    client.get("/admin/categories/")

    one, listed = entries(Kind.OPENED)
    assert (one.actor, one.about_key, one.label) == (
        admin, str(requester.pk), requester.display_name,
    )  # fmt: skip
    assert listed.data == {"page": "/admin/accounts/user/"}


def test_who_is_turned_away_has_opened_nothing(agent, client_of):
    client_of(agent).get("/admin/accounts/user/")

    assert not entries(Kind.OPENED)


# Exports ---------------------------------------------------------------------------------------------


def test_fetching_ones_own_data_is_noted(requester):
    client = Client()
    sign_in(client, requester)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/accounts/data/json/")

    [entry] = entries(Kind.EXPORTED)
    assert (entry.actor, entry.data["what"]) == (requester, "own_data")


def test_exporting_articles_is_noted(editor, client_of, make_article):
    make_article()
    client_of(editor).get("/desk/kb/export/")

    [entry] = entries(Kind.EXPORTED)
    assert (entry.actor, entry.data["what"]) == (editor, "articles")


def test_what_is_taken_back_was_never_noted(admin, requester):
    from django.db import transaction

    from accounts import audit

    with transaction.atomic():
        audit.note(Kind.OPENED, by=admin, about=requester)
        transaction.set_rollback(True)

    assert not entries(Kind.OPENED)
