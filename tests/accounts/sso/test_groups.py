"""Groups of a provider give roles here, and take only what they gave."""

import pytest
from allauth.socialaccount.models import SocialAccount

from accounts import actions as people
from accounts.models import AdminChange, AuditEntry, Grant, Role, User
from accounts.sso.actions import follow_groups
from accounts.sso.models import GivenByGroup, GroupRule
from tests.accounts.sso.conftest import go, set_to
from tests.conftest import make_person


@pytest.fixture
def robin(db, provider):
    person = make_person("Robin Kestrel", email="robin@example.com")
    SocialAccount.objects.create(user=person, provider=provider.issuer, uid="r-1", extra_data={})
    return person


def role(slug):
    return Role.objects.get(slug=slug)


@pytest.fixture
def rules(provider, team):
    GroupRule.objects.create(provider=provider, group="network", role=role("agent"), team=team)
    GroupRule.objects.create(provider=provider, group="editors", role=role("knowledge-editor"))


def held(person):
    return {
        (grant.role.slug, grant.team and grant.team.name)
        for grant in Grant.objects.filter(user=person)
    }


def sign_in(browser, provider, idp, groups):
    idp.person |= {"groups": groups}
    go(browser, provider, idp)


def test_each_sign_in_gives_and_takes(browser, provider, idp, robin, rules, team):
    sign_in(browser, provider, idp, ["network", "editors", "a group that no rule is about"])
    assert held(robin) == {("agent", team.name), ("knowledge-editor", None)}

    sign_in(browser, provider, idp, ["editors"])
    assert held(robin) == {("knowledge-editor", None)}
    changes = AdminChange.objects.filter(kind="accounts.grant")
    assert {(one.actor, one.action) for one in changes} == {
        (User.objects.system(), "added"),
        (User.objects.system(), "removed"),
    }

    sign_in(browser, provider, idp, [])
    assert held(robin) == set()


def test_what_was_given_by_hand_stays(browser, provider, idp, robin, rules, team, admin):
    people.grant(robin, role=role("agent"), team=team, by=admin)

    sign_in(browser, provider, idp, ["network"])
    sign_in(browser, provider, idp, [])

    assert held(robin) == {("agent", team.name)}
    assert not GivenByGroup.objects.exists()


@pytest.mark.parametrize(
    "group", ["Network", "network ", "net", "networks", "*", ".*", "network\n"]
)
def test_groups_count_sign_by_sign(browser, provider, idp, robin, rules, group):
    sign_in(browser, provider, idp, [group])

    assert held(robin) == set()


@pytest.mark.parametrize(
    "groups", ["network", ["network"], ["network", 1, None, {"a": 1}, "x" * 500]]
)
def test_groups_come_as_a_list_or_alone(browser, provider, idp, robin, rules, groups, team):
    sign_in(browser, provider, idp, groups)

    assert held(robin) == {("agent", team.name)}


def test_nonsense_is_no_group(browser, provider, idp, robin, rules):
    for groups in ({"network": True}, 7, True, None):
        sign_in(browser, provider, idp, groups)

    assert held(robin) == set()


def test_where_the_provider_does_not_list_them_nothing_changes(
    browser, provider, idp, robin, rules, team
):
    """Entra ID leaves groups out where there are more than 200, and says where to ask."""
    sign_in(browser, provider, idp, ["network"])
    idp.person.pop("groups")
    idp.person |= {
        "_claim_names": {"groups": "src1"},
        "_claim_sources": {"src1": {"endpoint": "https://graph.example"}},
    }
    go(browser, provider, idp)

    assert held(robin) == {("agent", team.name)}


def test_rules_that_are_off_and_retired_teams_give_nothing(
    browser, provider, idp, robin, rules, team
):
    GroupRule.objects.filter(group="editors").update(is_on=False)
    team.is_retired = True
    team.save()

    sign_in(browser, provider, idp, ["network", "editors"])

    assert held(robin) == set()


def test_the_last_who_manages_roles_keeps_that(provider, robin):
    GroupRule.objects.create(provider=provider, group="admins", role=role("administrator"))
    follow_groups(robin, provider=provider, groups=["admins"])
    Grant.objects.filter(role=role("administrator")).exclude(user=robin).delete()

    follow_groups(robin, provider=provider, groups=[])

    assert held(robin) == {("administrator", None)}
    assert AuditEntry.objects.get(kind="role_kept").about_key == str(robin.pk)


def test_with_somebody_else_left_an_administrators_group_takes_too(provider, robin, admin):
    GroupRule.objects.create(provider=provider, group="admins", role=role("administrator"))
    follow_groups(robin, provider=provider, groups=["admins"])
    follow_groups(robin, provider=provider, groups=[])

    assert held(robin) == set()


def test_somebody_new_begins_with_what_their_groups_give(browser, provider, idp, rules, team):
    set_to(provider, makes_accounts=True)

    sign_in(browser, provider, idp, ["network"])

    assert held(User.objects.get(email="robin@example.com")) == {("agent", team.name)}


def test_a_sign_in_that_changes_nothing_asks_little(
    provider, robin, rules, django_assert_max_num_queries
):
    follow_groups(robin, provider=provider, groups=["network"])

    with django_assert_max_num_queries(2):
        follow_groups(robin, provider=provider, groups=["network"])


# The preview ---------------------------------------------------------------------------------------


@pytest.fixture
def page(provider, admin, client_of):
    client = client_of(admin)
    return lambda **sent: client.post(f"/admin/sso/provider/{provider.pk}/preview/", sent)


def test_the_preview_says_what_would_come_and_go_and_does_nothing(
    page, provider, robin, rules, team
):
    follow_groups(robin, provider=provider, groups=["network"])

    said = page(email=robin.email, claims="editors\nsomething else").context["difference"]

    assert [one.slug for one, _team in said.gain] == ["knowledge-editor"]
    assert [(one.grant.role.slug, one.grant.team) for one in said.lose] == [("agent", team)]
    assert said.unused == ["something else"]
    assert held(robin) == {("agent", team.name)}


@pytest.mark.parametrize(
    "claims", ['{"groups": ["network"]}', '["network"]', '{"groups": "network"}', "network\n"]
)
def test_the_preview_takes_claims_or_lines(page, rules, claims):
    answer = page(claims=claims)

    assert "would get" in answer.text
    assert "Agent" in answer.text


def test_without_claims_the_preview_takes_what_was_said_last(
    page, browser, provider, idp, robin, rules
):
    sign_in(browser, provider, idp, ["network"])

    assert page(email=robin.email).context["groups"] == ("network",)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "Name a person"), ({"email": "nobody@example.com"}, "Nobody here"), ({"claims": "{"}, "neither JSON"),
        ({"claims": "[" * 100_000}, "neither JSON"), ({"claims": "x" * 300_000}, "too long"),
    ],
)  # fmt: skip
def test_the_preview_says_what_it_can_not_read(page, sent, words):
    answer = page(**sent)

    assert answer.status_code == 422
    assert words in answer.text


def test_a_preview_of_groups_that_are_not_listed_says_so(page):
    assert "did not list the groups" in page(claims='{"_claim_names": {"groups": "src1"}}').text
