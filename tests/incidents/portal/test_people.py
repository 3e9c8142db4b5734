"""Picking a colleague while typing their name."""

import pytest

from incidents.tickets import people

LOOKUP = "/people/lookup/"


def test_people_are_found_by_name_and_shown_with_their_department_only(
    client_of, requester, other_requester
):
    page = client_of(requester).get(LOOKUP, {"who": "thistle mik"}).content.decode()

    assert "Mika Thistle" in page
    assert "Finance" in page
    assert f'data-person="{other_requester.pk}"' in page
    assert other_requester.email not in page


@pytest.mark.parametrize("who", ["", "mi", "%", "___", "%%%", "nobody", "null\x00byte"])
def test_less_than_three_letters_and_wildcards_find_nobody(
    client_of, requester, other_requester, who
):
    answer = client_of(requester).get(LOOKUP, {"who": who})

    assert answer.status_code == 200
    assert "data-person" not in answer.content.decode()


def test_somebody_who_left_is_not_found(client_of, requester, other_requester):
    other_requester.is_active = False
    other_requester.save()

    assert "data-person" not in client_of(requester).get(LOOKUP, {"who": "mika"}).content.decode()


def test_nobody_reads_out_the_company_name_by_name(client_of, requester, other_requester, ticket, monkeypatch):  # fmt: skip
    """L10: also by the way that works without JavaScript."""
    monkeypatch.setattr(people, "MOST_LOOKUPS", 3)
    client, share = client_of(requester), f"{ticket.get_absolute_url()}followers/"

    assert [client.get(LOOKUP, {"who": "mika"}).status_code for _ in range(3)] == [200] * 3
    assert client.get(LOOKUP, {"who": "mika"}).status_code == 429
    refused = client.post(share, {"who": "mika"})
    assert refused.status_code == 429
    assert "Mika Thistle" not in refused.content.decode()
    assert not ticket.followers.exists()
    assert client_of(other_requester).get(LOOKUP, {"who": "robin"}).status_code == 200


def test_two_letters_are_not_counted(client_of, requester, monkeypatch):
    monkeypatch.setattr(people, "MOST_LOOKUPS", 1)
    client = client_of(requester)

    assert [client.get(LOOKUP, {"who": "mi"}).status_code for _ in range(5)] == [200] * 5


def test_a_visitor_learns_of_nobody(client, other_requester):
    answer = client.get(LOOKUP, {"who": "mika"})

    assert answer.status_code == 302
    assert "/accounts/login/" in answer.url


def test_choices_show_name_and_department_only(client_of, requester, make_namesake, ticket):
    twins = [make_namesake("Sam Twin") for _ in range(2)]
    page = client_of(requester).post(f"{ticket.get_absolute_url()}followers/", {"who": "Sam Twin"})

    text = page.content.decode()
    assert page.status_code == 422
    assert text.count("Finance") >= 2
    assert not any(twin.email in text for twin in twins)
