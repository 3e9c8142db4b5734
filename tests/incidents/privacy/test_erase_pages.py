"""The pages: find somebody, see what there is, type their name."""

import json

import pytest

from accounts.models import AuditEntry, User
from incidents.portal.export import gather
from incidents.privacy.models import Erasure
from incidents.tickets import actions
from incidents.tickets.models import Category


@pytest.fixture
def erasing(admin, client_of):
    return client_of(admin)


def given(person, **other):
    return {"name": person.display_name, "reason": "Asked", "words": "keep", **other}


def test_somebody_is_found_seen_and_erased(erasing, requester, ticket, admin):
    found = erasing.get("/admin/erasure/", {"q": "Robin"}).content.decode()
    assert f"/admin/erasure/{requester.pk}/" in found
    preview = erasing.get(f"/admin/erasure/{requester.pk}/").content.decode()
    assert "Tickets that they reported or that are theirs: 1" in preview

    answer = erasing.post(f"/admin/erasure/{requester.pk}/", given(requester), follow=True)

    assert f"Former employee {requester.pk}" in answer.content.decode()
    assert Erasure.objects.get().by == admin
    assert not User.objects.get(pk=requester.pk).is_active


@pytest.mark.parametrize("wrong", [{"name": "Robin"}, {"reason": ""}, {"words": "all"}])
def test_a_slip_erases_nobody(wrong, erasing, requester):
    answer = erasing.post(f"/admin/erasure/{requester.pk}/", given(requester, **wrong))

    assert answer.status_code == 422
    assert not Erasure.objects.exists()


def test_a_rules_no_is_said_on_the_form(erasing, admin):
    answer = erasing.post(f"/admin/erasure/{admin.pk}/", given(admin))

    assert answer.status_code == 409
    assert "Ask another administrator" in answer.content.decode()


def test_their_data_can_be_handed_over_first(erasing, requester, ticket, admin):
    answer = erasing.get(f"/admin/erasure/{requester.pk}/data/")

    told = json.loads(b"".join(answer.streaming_content))
    assert told["tickets"][0]["title"] == ticket.title
    entry = AuditEntry.objects.get(kind="exported")
    assert (entry.actor, entry.about_key) == (admin, str(requester.pk))


def test_what_is_confidential_is_not_in_the_file_that_others_fetch(
    erasing, requester, ticket, agent, category
):
    actions.note(ticket, "Written by Sasha.", by=agent)
    Category.objects.filter(pk=category.pk).update(is_confined=True)
    own = {person: dict(gather.sections(person)) for person in (requester, agent)}
    assert str(list(own[requester]["tickets"])).count(ticket.ref) >= 1
    assert "Written by Sasha." in str(list(own[agent]["messages_elsewhere"]))

    for person in (requester, agent):
        answer = erasing.get(f"/admin/erasure/{person.pk}/data/")
        told = json.loads(b"".join(answer.streaming_content))
        assert told["tickets"] == told["messages_elsewhere"] == told["drafts"] == []
        assert ticket.title not in json.dumps(told)


@pytest.mark.parametrize("who", ["requester", "agent", "manager"])
def test_others_are_turned_away(who, request, client_of, other_requester):
    client = client_of(request.getfixturevalue(who))

    for page in ("/admin/erasure/", f"/admin/erasure/{other_requester.pk}/"):
        assert client.get(page).status_code == 403
    assert client.post(f"/admin/erasure/{other_requester.pk}/", given(other_requester)).status_code == 403  # fmt: skip


def test_an_auditor_sees_what_was_erased_and_erases_nobody(auditor, client_of, other_requester):
    client = client_of(auditor)

    assert client.get("/admin/erasure/", {"q": "Mika"}).status_code == 200
    assert "Mika" not in client.get("/admin/erasure/", {"q": "Mika"}).content.decode().split("<main")[-1].replace('value="Mika"', "")  # fmt: skip
    assert client.post(f"/admin/erasure/{other_requester.pk}/", given(other_requester)).status_code == 403  # fmt: skip


def test_looking_at_somebody_is_noted(erasing, requester):
    erasing.get(f"/admin/erasure/{requester.pk}/")

    assert AuditEntry.objects.get(kind="opened").about_key == str(requester.pk)


def test_a_persons_page_leads_who_may_to_their_data_and_to_erasing(
    admin, auditor, requester, client_of
):
    page = f"/admin/accounts/user/{requester.pk}/change/"
    erase = f'href="/admin/erasure/{requester.pk}/"'
    data = f'href="/admin/erasure/{requester.pk}/data/"'
    shown = client_of(admin).get(page).content.decode()
    assert erase in shown
    assert data in shown

    seen = client_of(auditor).get(page).content.decode()
    assert "/admin/erasure/" not in seen.replace('href="/admin/erasure/"', "")
    own = client_of(admin).get(f"/admin/accounts/user/{admin.pk}/change/").content.decode()
    assert f"/admin/erasure/{admin.pk}/" not in own
