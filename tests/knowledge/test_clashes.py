"""Two who write the same article: what differs is marked, and both texts can be one before anything is saved."""

from dataclasses import replace

import pytest

from accounts import typed
from knowledge import actions, places, unsaved
from knowledge.forms import LONGEST_BODY
from knowledge.models import ArticleDraft
from tests.conftest import make_person

BASE = "Open the client.\n\nChoose Automatic.\n\nWait."
THEIRS = BASE.replace("Wait.", "Wait a minute.")
MINE = BASE.replace("client", "new app")
BOTH = MINE.replace("Wait.", "Wait a minute.")


def body(response):
    return response.content.decode()


def flat(response):
    return " ".join(body(response).split())


def words(pieces):
    return "".join(piece.text for piece in pieces)


@pytest.fixture
def article(make_article):
    return make_article("Set up the VPN", published=False, body=BASE, tags=["vpn"])


@pytest.fixture
def saved(article, agent):
    """What the other one saved meanwhile."""

    def save(text=THEIRS, **words):
        given = {"title": article.title, "summary": article.summary, "tags": ["vpn"], **words}
        return actions.revise(article, by=agent, body=text, **given)

    return save


@pytest.fixture
def send(publisher, article):
    """Sends the form that was opened with the first revision."""

    def post(text=MINE, **fields):
        given = {
            "title": article.title, "summary": article.summary, "body": text, "tags": "vpn",
            "section": article.section_id, "audience": article.audience, "kind": article.kind, "expected": 1,
        }  # fmt: skip
        return publisher.post(f"/desk/kb/{article.slug}/", {**given, **fields})

    return post


def test_what_differs_is_marked_side_by_side(saved, send):
    saved()

    clash = send()

    assert clash.status_code == 409
    assert "What Sasha Vole saved" in body(clash)
    assert "What you typed" in body(clash)
    assert "Open the <del>client</del>." in body(clash)
    assert "Open the <ins>new app</ins>." in body(clash)
    assert "Wait<del> a minute</del>." in body(clash)


def test_readers_whom_the_other_one_chose_are_named_before_saving_undoes_it(
    saved, send, article, agent
):
    saved()
    place = places.of(article)
    actions.settle(article, place=replace(place, audience="staff", is_featured=True), by=agent)

    facts = {fact.name: fact for fact in send().context["clash"].facts}

    assert words(facts["Who may read it"].left) == "Staff"
    assert words(facts["Who may read it"].right) == "Employees"
    assert words(facts["On the home page"].left) == "Yes"
    assert set(facts) == {"Who may read it", "On the home page"}
    article.refresh_from_db()
    assert article.audience == "staff"


def test_who_chooses_no_readers_keeps_their_text_where_all_its_departments_are_gone(
    make_article, agent, editor, client_of, department
):
    article = make_article("Set up the VPN", body=BASE)
    place = replace(places.of(article), audience="departments", departments=frozenset([department]))
    actions.settle(article, place=place, by=editor)
    department.delete()
    actions.revise(article, by=agent, title=article.title, body=THEIRS)
    writer = client_of(make_person("Wim Alder", "agent"))

    given = {"title": article.title, "body": MINE, "expected": 1}
    clash = writer.post(f"/desk/kb/{article.slug}/", given)

    assert clash.status_code == 409
    assert MINE in body(clash)
    assert clash.context["clash"].facts == []


def test_changes_in_different_places_are_put_together_and_nothing_is_saved(saved, send, article):
    saved()
    assert '<button class="btn btn-secondary btn-sm" type="submit" name="merge" value="1">' in body(send())  # fmt: skip

    both = send(merge=1, expected=2)

    assert both.status_code == 200
    assert both.context["form"]["body"].value() == BOTH
    assert f"{BOTH}</textarea>" in body(both)
    assert "Nothing is saved yet." in body(both)
    assert 'name="merge"' not in body(both)
    assert article.revisions.count() == 2

    send(BOTH, expected=both.context["form"]["expected"].value())
    article.refresh_from_db()
    assert (article.body, article.revision_number) == (BOTH, 3)


def test_browsers_send_other_ends_of_lines(saved, send):
    saved(THEIRS.replace("\n", "\r\n"))

    assert send(MINE.replace("\n", "\r\n"), merge=1).context["form"]["body"].value() == BOTH


def test_where_both_changed_the_same_lines_it_is_said_and_mine_stays(saved, send):
    saved(BASE.replace("client", "program"))

    clash = send()

    assert "In 1 place both of you changed the same." in flat(clash)
    assert body(clash).count("Both of you changed these lines") == 1
    assert 'name="merge"' not in body(clash)
    assert f"{MINE}</textarea>" in body(clash)


def test_what_only_they_changed_comes_in_beside_what_both_did(saved, send):
    saved(THEIRS.replace("client", "program"))
    assert "What only they changed can come into your text." in flat(send())

    both = send(merge=1)

    assert both.context["form"]["body"].value() == BOTH
    assert "In 1 place both of you changed the same." in flat(both)
    assert body(both).count("Both of you changed these lines") == 1


def test_every_place_that_both_changed_is_marked_once(saved, send):
    saved("First theirs.\n\nChoose Automatic.\n\nLast theirs.\nAnd more.")

    clash = send("First mine.\n\nChoose Automatic.\n\nLast mine.")

    assert "In 2 places both of you changed the same." in flat(clash)
    assert body(clash).count("Both of you changed these lines") == 2


def test_title_summary_and_tags_are_put_together_too(saved, send):
    saved(summary="Theirs.", tags=["vpn", "network"])

    both = send(title="Set up the new VPN", tags="home office, vpn", merge=1).context["form"]

    assert both["title"].value() == "Set up the new VPN"
    assert both["summary"].value() == "Theirs."
    assert both["tags"].value() == "home office, vpn, network"


def test_a_tag_that_one_took_away_is_gone(saved, send):
    saved(tags=[])

    assert send(tags="vpn, home office", merge=1).context["form"]["tags"].value() == "home office"


def test_a_title_that_both_changed_stays_mine_and_is_marked(saved, send):
    saved(BASE, title="Set up their VPN")

    clash = send(title="Set up my VPN")

    assert "Both of you changed this" in body(clash)
    assert "In 1 place both of you changed the same." in flat(clash)
    assert send(title="Set up my VPN", merge=1).context["form"]["title"].value() == "Set up my VPN"


def test_what_was_kept_can_be_put_together_too(publisher, saved, send, article, editor):
    publisher.post(
        f"/desk/kb/{article.slug}/draft/", {"title": article.title, "body": MINE, "expected": 1}
    )
    saved()

    page = publisher.get(f"/desk/kb/{article.slug}/")

    assert 'name="merge" value="1"' in body(page)
    assert "Open the <ins>new app</ins>." in body(page)
    assert send(merge=1).context["form"]["body"].value() == BOTH
    assert ArticleDraft.objects.get(user=editor).form["body"] == [MINE]


@pytest.mark.parametrize("number", ["", "x", "0", "2", "99", "9" * 30, "-1"])
def test_without_the_text_it_began_with_both_are_compared_and_mine_stays(saved, send, number):
    saved()

    answer = send(merge=number)

    assert answer.status_code == 200
    assert answer.context["form"]["body"].value() == MINE
    assert answer.context["clash"].merged is None
    assert "Open the <ins>new app</ins>." in body(answer)


def test_a_number_that_never_was_has_nothing_to_put_together(saved, send):
    saved()

    clash = send(expected=99)

    assert clash.status_code == 409
    assert 'name="merge"' not in body(clash)
    assert "Open the <ins>new app</ins>." in body(clash)


def test_the_same_text_twice_has_no_difference(saved, send):
    saved(MINE)

    assert "Both say the same." in body(send())


def test_every_chosen_team_stays_chosen(saved, send, team, other_team):
    saved()

    clash = send(audience="teams", teams=[team.pk, other_team.pk])

    assert set(clash.context["form"]["teams"].value()) == {str(team.pk), str(other_team.pk)}


def test_more_than_can_be_saved_is_not_compared(saved, send):
    saved()

    answer = send("x" * (LONGEST_BODY + 1), merge=1)

    assert "Your text is too long to be compared with theirs." in body(answer)
    assert answer.context["form"]["body"].value().startswith("xxx")


def test_hostile_text_is_shown_as_text(saved, send):
    saved("<script>alert(1)</script>", title="<img src=x>")

    clash = body(send("<script>alert(2)</script>", title="<img src=y>"))

    assert "<script>alert" not in clash
    assert "<img src=" not in clash


def test_a_reader_puts_nothing_together(client_of, requester, saved, article):
    saved()

    answer = client_of(requester).post(f"/desk/kb/{article.slug}/", {"body": MINE, "merge": 1})

    assert answer.status_code in (403, 404)


def test_what_is_being_put_together_as_the_session_ends_is_still_known_to_clash(
    client, publisher, editor, saved, send, article
):
    saved()
    kept_for = typed.mark(editor.pk, unsaved.form_name(article))
    client.post(
        f"/desk/kb/{article.slug}/",
        {
            "title": article.title, "body": MINE, "expected": 2, "merge": 1, "kept_for": kept_for,
            "section": article.section_id, "audience": "everybody", "kind": article.kind,
        },
    )  # fmt: skip
    client.force_login(editor, backend="accounts.backends.PeopleBackend")

    page = client.get(f"/desk/kb/{article.slug}/")

    assert 'name="merge" value="1"' in body(page)
    assert "Open the <ins>new app</ins>." in body(page)
    assert [fact.name for fact in page.context["clash"].facts] == ["Who may read it"]
