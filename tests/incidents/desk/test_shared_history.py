"""What a team or everybody uses on the desk has its versions, too; what is one's own has none."""

import pytest

from accounts.models import AdminChange
from incidents.desk.models import CannedReply, Macro


@pytest.fixture
def reply(lead, team):
    return CannedReply.objects.create(
        name="Hello", body="Hello there", owner=lead, scope="team", team=team
    )


def save(client, reply, **changes):
    form = {
        "name": reply.name,
        "body": reply.body,
        "scope": reply.scope,
        "team": reply.team_id or "",
        **changes,
    }
    return client.post(f"/desk/canned/{reply.pk}/", form)


def test_a_shared_reply_is_noted_and_put_back(admin, lead, client_of, reply):
    save(client_of(lead), reply, body="Good day")
    line = AdminChange.objects.get()
    assert (line.actor, line.before, line.after) == (
        lead,
        {"body": "Hello there"},
        {"body": "Good day"},
    )

    client = client_of(admin)
    page = client.get(f"/admin/history/desk.cannedreply/{reply.pk}/").content.decode()
    assert "<ins>Good day</ins>" in page
    client.post(f"/admin/history/{line.pk}/")

    reply.refresh_from_db()
    assert (reply.body, reply.owner) == ("Hello there", lead)


def test_a_removed_reply_comes_back(admin, lead, client_of, reply):
    client_of(lead).post(f"/desk/canned/{reply.pk}/removal/")

    client_of(admin).post(f"/admin/history/{AdminChange.objects.get().pk}/")

    back = CannedReply.objects.get()
    assert (back.name, back.body, back.team) == (reply.name, reply.body, reply.team)


def test_what_is_ones_own_is_noted_nowhere(lead, client_of):
    mine = CannedReply.objects.create(name="Mine", body="x", owner=lead)
    client = client_of(lead)

    save(client, mine, body="y")
    client.post(f"/desk/canned/{mine.pk}/removal/")

    assert not AdminChange.objects.exists()


def test_steps_of_a_shared_macro_are_noted(lead, client_of, team):
    macro = Macro.objects.create(name="Route", owner=lead, scope="team", team=team)

    client_of(lead).post(f"/desk/macros/{macro.pk}/steps/new/", {"act": "note", "text": "Hm"})

    assert AdminChange.objects.get().after["steps"][0]["act"] == "note"


def test_team_leads_read_it_on_the_desk_and_not_in_administration(lead, manager, client_of, reply):
    save(client_of(lead), reply, body="Good day")
    line = AdminChange.objects.get()

    assert client_of(manager).get(f"/admin/history/{line.pk}/").status_code == 404
    assert client_of(lead).get(f"/admin/history/{line.pk}/").status_code == 403
