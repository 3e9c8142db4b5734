"""What the house decided about the portal, in administration."""

import pytest

from accounts.models import AdminChange
from incidents.tickets.models import PortalRules

URL = "/admin/tickets/portalrules/1/change/"


def test_the_defaults_hold_until_somebody_changes_them(client_of, admin):
    answer = client_of(admin).get("/admin/tickets/portalrules/", follow=True)

    assert 'value="14"' in answer.content.decode()
    assert not PortalRules.objects.exists()


def test_an_administrator_changes_them_and_it_is_noted(client_of, admin):
    answer = client_of(admin).post(URL, {"reopen_days": 30})

    assert answer.status_code == 302
    assert PortalRules.now().reopen_days == 30
    change = AdminChange.objects.get()
    assert (change.actor, change.before, change.after) == (
        admin, {"reopen_days": 14}, {"reopen_days": 30},
    )  # fmt: skip


@pytest.mark.parametrize("days", ["", "-1", "x", "99999"])
def test_nonsense_is_refused(client_of, admin, days):
    assert client_of(admin).post(URL, {"reopen_days": days}).status_code == 422
    assert PortalRules.now().reopen_days == 14


@pytest.mark.parametrize("role", ["requester", "agent", "manager", "editor"])
def test_nobody_else_opens_them(request, client_of, role):
    assert client_of(request.getfixturevalue(role)).get(URL).status_code == 403


def test_an_auditor_reads_them_only(client_of, auditor):
    client = client_of(auditor)

    assert client.get(URL).status_code == 200
    assert client.post(URL, {"reopen_days": 1}).status_code == 403


def test_there_is_one_row_and_it_stays(client_of, admin):
    client = client_of(admin)
    client.post(URL, {"reopen_days": 3})

    assert client.get("/admin/tickets/portalrules/add/").status_code == 403
    assert client.post("/admin/tickets/portalrules/1/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/tickets/portalrules/2/change/").status_code in {302, 404}
