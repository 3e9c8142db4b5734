"""The key map: one source for the dialog, its page and hints; and keys that are off stay off."""

import re
from pathlib import Path

from incidents.desk import keys
from incidents.desk.models import DeskSettings
from incidents.desk.settings import uses_keys
from tests.incidents.desk.conftest import body

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"


def test_every_key_that_a_template_binds_is_on_the_map():
    bound = set()
    for path in TEMPLATES.rglob("*.html"):
        for value in re.findall(r'data-key="([^"{]+)"', path.read_text()):
            bound |= set(value.split())

    assert bound <= keys.presses()
    assert {"c", "/", "?", "j", "k", "u", "i", "s"} <= bound


def test_no_key_means_two_things_in_one_place():
    for where in keys.PLACES:
        here = [press for key in keys.KEYS if where in key.where and not key.go for press in key.press]  # fmt: skip
        assert len(here) == len(set(here)), where


def test_all_keys_are_listed_by_where_they_work(desk):
    page = body(desk.get("/desk/keys/"))

    for name, listed in keys.groups():
        assert f">{name}</h2>" in page
        for key in listed:
            assert str(key.does) in page


def test_the_foot_of_a_list_and_of_a_ticket_remind_of_theirs(desk, ticket, url):
    for page, where in ((desk.get("/desk/unassigned/"), "list"), (desk.get(url(ticket)), "ticket")):
        foot = re.search(r'<footer class="fb-hints".*?</footer>', body(page), re.DOTALL)[0]
        for key in keys.hints(where):
            assert f" {key.hint}</span>" in foot


def test_single_keys_are_turned_off_and_on_for_the_person(desk, agent, other_agent):
    assert 'data-keys="on"' in body(desk.get("/desk/keys/"))

    answer = desk.post("/desk/keys/", {})

    assert answer.url == "/desk/keys/"
    assert 'data-keys="off"' in body(desk.get("/desk/keys/"))
    assert not uses_keys(agent)
    assert uses_keys(other_agent)

    desk.post("/desk/keys/", {"uses_keys": "1"})
    assert 'data-keys="on"' in body(desk.get("/desk/keys/"))


def test_htmx_is_told_that_it_is_done(htmx, agent):
    assert htmx.post("/desk/keys/", {}).status_code == 204
    assert not uses_keys(agent)


def test_other_settings_stay(desk, agent):
    DeskSettings.objects.create(user=agent, start="mine")

    desk.post("/desk/keys/", {})

    assert DeskSettings.objects.get(user=agent).start == "mine"


def test_the_profile_leads_there_for_agents(client_of, agent, requester):
    assert "/desk/keys/" in body(client_of(agent).get("/accounts/"))
    assert "/desk/keys/" not in body(client_of(requester).get("/accounts/"))


# From ticket to ticket --------------------------------------------------------------------------------------
