"""Categories of the knowledge base in administration: who keeps them, and how often their articles are reviewed."""

from datetime import timedelta

import pytest


@pytest.fixture
def given(section):
    return {
        "name": section.name, "description": "", "icon": "book-open", "position": 0,
        "review_days": 365,
    }  # fmt: skip


def change(client, section, given):
    return client.post(f"/admin/knowledge/section/{section.pk}/change/", given)


def test_another_interval_moves_its_articles(client_of, admin, section, given, make_article):
    article = make_article()

    assert change(client_of(admin), section, {**given, "review_days": 30}).status_code == 302

    article.refresh_from_db()
    assert article.review_due_at == article.reviewed_at + timedelta(days=30)


def test_who_manages_roles_says_who_keeps_it(client_of, admin, section, given, team):
    change(client_of(admin), section, {**given, "keepers": [team.pk]})

    assert list(section.keepers.all()) == [team]
    assert team.name in client_of(admin).get("/admin/knowledge/section/").content.decode()


def test_who_only_publishes_does_not(client_of, manager, section, given, team):
    change(client_of(manager), section, {**given, "name": "Networks", "keepers": [team.pk]})

    section.refresh_from_db()
    assert section.name == "Networks"
    assert not section.keepers.exists()
