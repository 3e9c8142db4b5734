"""Closing rules in administration: who sets them, what is refused, what is noted."""

import pytest

from accounts.models import AdminChange
from incidents.tickets import seeds
from incidents.tickets.models import ClosingRule, PortalRules
from incidents.workflow.models import IncidentType

LIST = "/admin/tickets/closingrule/"


@pytest.fixture
def url(db):
    return f"{LIST}{ClosingRule.objects.get(type=None).pk}/change/"


def form(**given):
    return {
        "warn_after_days": 11, "close_after_days": 3, "words": "", "ask_after_days": "",
        "give_up_after_days": "", "ask_words": "", **given,
    }  # fmt: skip


def test_the_rule_for_all_types_is_there_from_the_start(client_of, admin):
    page = client_of(admin).get(LIST).content.decode()

    assert "All types" in page
    assert "warned after 11 days, closed 3 days later" in page
    assert "never by themselves" in page


def test_it_takes_over_the_days_that_were_set_before(db):
    ClosingRule.objects.all().delete()
    PortalRules.objects.create(pk=1, reopen_days=30)
    seeds.plant()

    rule = ClosingRule.objects.get()
    assert (rule.warn_after_days, rule.close_after_days) == (27, 3)


def test_an_administrator_changes_it_and_it_is_noted(client_of, admin, url):
    answer = client_of(admin).post(url, form(warn_after_days=7, ask_after_days=5, give_up_after_days=5))  # fmt: skip

    assert answer.status_code == 302
    change = AdminChange.objects.get()
    assert change.actor == admin
    assert change.after["warn_after_days"] == 7


def test_a_type_gets_a_rule_of_its_own_once(client_of, admin):
    request = IncidentType.objects.get(slug="request")
    client = client_of(admin)

    assert client.post(f"{LIST}add/", form(type=request.pk)).status_code == 302
    assert client.post(f"{LIST}add/", form(type=request.pk)).status_code == 422
    assert client.post(f"{LIST}add/", form(type="")).status_code == 422
    assert ClosingRule.objects.count() == 2


def test_a_type_that_never_closes_by_itself_gets_none(client_of, admin):
    major = IncidentType.objects.get(slug="major")

    assert client_of(admin).post(f"{LIST}add/", form(type=major.pk)).status_code == 422


@pytest.mark.parametrize(
    "given",
    [
        {"warn_after_days": ""},
        {"warn_after_days": -1},
        {"close_after_days": 0},
        {"close_after_days": 99999},
        {"ask_after_days": 5},
        {"give_up_after_days": 5},
        {"ask_after_days": 0, "give_up_after_days": 1},
        {"words": "x" * 2001},
    ],
)
def test_nonsense_is_refused(client_of, admin, url, given):
    assert client_of(admin).post(url, form(**given)).status_code == 422
    assert not AdminChange.objects.exists()


@pytest.mark.parametrize("role", ["requester", "agent", "manager", "editor"])
def test_nobody_else_opens_them(request, client_of, role, url):
    assert client_of(request.getfixturevalue(role)).get(url).status_code == 403


def test_an_auditor_reads_them_only(client_of, auditor, url):
    client = client_of(auditor)

    assert client.get(url).status_code == 200
    assert client.post(url, form()).status_code == 403


def test_the_rule_for_all_stays(client_of, admin, url):
    assert (
        client_of(admin).post(url.replace("change", "delete"), {"post": "yes"}).status_code == 403
    )
