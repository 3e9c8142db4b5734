"""Articles for some departments and some teams: whom they are there for, and where they are not."""

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import Department, Grant, Role, Team, User
from knowledge import actions, places, policies, search
from knowledge.models import Article, Section
from tests.conftest import make_person

PLACES = ("/kb/", "/kb/search/", "/kb/search/?section=kept", "/kb/search/?q=canary")


@pytest.fixture
def kept(private_team):
    """A category that nobody else writes in."""
    section = Section.objects.create(name="Kept", slug="kept")
    section.keepers.add(private_team)
    return section


@pytest.fixture
def make_for(make_article, editor, kept):
    """An article for some, in a category in which nobody of the cast writes."""

    def make(**readers):
        article = make_article("Canary", "Canary.", section=None, published=False)
        place = places.given(section=None, kind="how_to", is_featured=True, **readers)
        article = actions.settle(article, place=place, by=editor)
        article = actions.publish(article, by=editor)
        Article.objects.filter(pk=article.pk).update(section=kept)
        return Article.objects.get(pk=article.pk)

    return make


def is_there_for(client, article):
    """Whether the page is there; all lists must say the same."""
    opens = client.get(article.get_absolute_url()).status_code == 200
    listed = [article.get_absolute_url() in client.get(at).content.decode() for at in PLACES]
    assert set(listed) == {opens}
    return opens


def test_an_article_for_a_department_is_there_for_its_people_alone(
    client, client_of, make_for, requester, agent, editor, department
):
    elsewhere = make_person("Ida Wren", department=Department.objects.create(name="Legal"))
    article = make_for(audience="departments", departments=[department])

    assert is_there_for(client_of(requester), article)
    for other in (elsewhere, agent, editor):
        assert not is_there_for(client_of(other), article)
    assert not is_there_for(client, article)


def test_an_article_for_a_team_is_there_for_who_holds_a_role_in_it(
    client, client_of, make_for, requester, agent, other_agent, manager, team
):
    article = make_for(audience="teams", teams=[team])

    assert is_there_for(client_of(agent), article)
    for other in (requester, other_agent, manager):
        assert not is_there_for(client_of(other), article)
    assert not is_there_for(client, article)


def test_whoever_leaves_the_department_or_the_team_reads_it_no_more(
    client_of, make_for, requester, agent, team, department
):
    article = make_for(audience="departments", departments=[department])
    runbook = make_for(audience="teams", teams=[team])
    requester.department = None
    requester.save()
    Grant.objects.filter(user=agent).delete()

    assert not is_there_for(client_of(requester), article)
    assert not is_there_for(client_of(agent), runbook)


def test_writers_of_a_category_read_all_of_it(client_of, make_for, private_team, kept, department):
    article = make_for(audience="departments", departments=[department])
    keeper = make_person("Uma Finch", ("agent", private_team))

    assert is_there_for(client_of(keeper), article)


def test_drafts_and_archived_articles_of_a_category_are_for_those_who_write_there(
    client_of, make_for, make_article, editor, private_team, kept
):
    draft = make_article("Canary draft", published=False)
    Article.objects.filter(pk=draft.pk).update(section=kept)
    old = make_for(audience="everybody")
    Article.objects.filter(pk=old.pk).update(state=Article.State.ARCHIVED)
    keeper = make_person("Uma Finch", ("agent", private_team))

    for article in (draft, old):
        assert client_of(keeper).get(article.get_absolute_url()).status_code == 200
        assert client_of(editor).get(article.get_absolute_url()).status_code == 404
        listed = [client_of(keeper).get(at).content.decode() for at in PLACES]
        assert not any(article.get_absolute_url() in page for page in listed)
        assert article.slug in client_of(keeper).get("/desk/kb/").content.decode()
        assert article.slug not in client_of(editor).get("/desk/kb/").content.decode()


@pytest.mark.parametrize("reader", ["requester", "agent", "editor", "auditor", "keeper", "odd"])
def test_lists_and_pages_agree_on_who_writes_where(
    request, reader, make_article, kept, private_team
):
    make_person("Uma Finch", ("agent", private_team), email="keeper@example.com")
    make_person("Odo Lark", "knowledge-editor", ("auditor", private_team), email="odd@example.com")
    by_name = User.objects.filter(email=f"{reader}@example.com").first()
    person = by_name or request.getfixturevalue(reader)
    drafts = [make_article(f"Draft {at}", published=False) for at in "ab"]
    Article.objects.filter(pk=drafts[0].pk).update(section=kept)
    drafts = [Article.objects.get(pk=one.pk) for one in drafts]

    seen = set(Article.objects.visible_to(person))

    assert seen == {one for one in drafts if policies.can_write(person, one)}


def test_a_hidden_article_is_no_suggestion_and_corrects_no_word(make_for, requester, team):
    make_for(audience="teams", teams=[team])

    for typed in ("canary", "canray", "can", "vpn canary"):
        for reader in (requester, AnonymousUser()):
            assert search.find(typed, user=reader) == search.Results()


def test_an_article_that_was_for_a_department_loses_it_with_another_audience(
    make_for, editor, department
):
    article = make_for(audience="departments", departments=[department])
    Article.objects.filter(pk=article.pk).update(section=None)
    place = places.given(
        section=None, audience="employees", departments=[department], kind=article.kind, is_featured=False,
    )  # fmt: skip

    article = actions.settle(article, place=place, by=editor)

    assert not article.departments.exists()


# Choosing them ----------------------------------------------------------------------------------------


def written(**more):
    return {"title": "Payroll dates", "body": "On the 25th.", "kind": "how_to", **more}


def test_a_writer_chooses_departments(client_of, editor, department):
    client_of(editor).post(
        "/desk/kb/new/", written(audience="departments", departments=[department.pk])
    )

    article = Article.objects.get(title="Payroll dates")
    assert (article.audience, list(article.departments.all())) == ("departments", [department])
    page = client_of(editor).get(f"/desk/kb/{article.slug}/").content.decode()
    assert f'name="departments" id="id_departments_0" value="{department.pk}" checked' in page


def test_a_writer_chooses_teams(client_of, editor, team):
    Team.objects.create(name="Gone", slug="gone", is_retired=True)
    assert "Gone" not in client_of(editor).get("/desk/kb/new/").content.decode()
    client_of(editor).post("/desk/kb/new/", written(audience="teams", teams=[team.pk]))

    article = Article.objects.get(title="Payroll dates")
    assert (article.audience, list(article.teams.all())) == ("teams", [team])


@pytest.mark.parametrize("audience", ["departments", "teams"])
def test_some_departments_or_teams_must_be_named(client_of, editor, audience):
    answer = client_of(editor).post("/desk/kb/new/", written(audience=audience))

    assert answer.status_code == 422
    assert "Choose at least one" in answer.content.decode()
    assert not Article.objects.exists()


def test_a_role_everywhere_makes_nobody_a_member_of_a_team(client_of, make_for, manager, team):
    article = make_for(audience="teams", teams=[team])
    assert not is_there_for(client_of(manager), article)
    Grant.objects.create(user=manager, role=Role.objects.get(slug="agent"), team=team)

    assert is_there_for(client_of(manager), article)
