"""Picking a colleague while typing their name."""

import pytest

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
