"""What an article said before: listed, compared, gone on from."""

from importlib import import_module

import pytest
from django.apps import apps

from knowledge import actions


def body(response):
    return response.content.decode()


@pytest.fixture
def history(make_article, agent, editor):
    """Three saves: published, changed by a writer, changed again."""
    article = make_article(
        "Set up the VPN", body="Open the client.\n\nChoose **Automatic**.", tags=["vpn"]
    )
    actions.revise(
        article, by=agent, title="Set up the new VPN",
        body="Open the new app.\n\nChoose **Automatic**.", tags=["vpn", "home office"],
    )  # fmt: skip
    return actions.revise(
        article,
        by=editor,
        title="Set up the new VPN",
        body="Open the new app.\n\nWait.",
        note="Short",
    )


@pytest.fixture
def page(client_of, editor, history):
    client = client_of(editor)
    return lambda *parts, **query: client.get(
        "/".join([f"/desk/kb/{history.slug}", *map(str, parts)]) + "/", query
    )


def test_every_save_is_listed_with_the_last_two_chosen(page):
    text = body(page("revisions"))

    assert text.count('name="a"') == 3
    assert '<input class="form-check-input" type="radio" name="a" value="2" checked>' in text
    assert '<input class="form-check-input" type="radio" name="b" value="3" checked>' in text


def test_any_two_are_compared_word_by_word(page):
    text = body(page("comparison", a=1, b=2))

    assert "Open the <del>client</del>." in text
    assert "Open the <ins>new app</ins>." in text
    assert "Set up the <ins>new </ins>VPN" in text
    assert "vpn<ins>, home office</ins>" in text
    assert "1 line added, 1 line removed" in " ".join(text.split())


def test_the_order_they_are_named_in_does_not_matter(page):
    assert page("comparison", a=3, b=1).context["old"].number == 1


def test_side_by_side_shows_both(page):
    text = body(page("comparison", a=1, b=3, layout="side"))

    assert "fb-diff--side" in text
    assert "<del>" in text
    assert "<ins>" in text


def test_the_same_revision_twice_has_nothing_to_show(page):
    assert "Both say the same." in body(page("comparison", a=2, b=2))


@pytest.mark.parametrize("query", [{}, {"a": 1}, {"a": "x", "b": 1}, {"a": 1, "b": 99}, {"a": "-1", "b": "1" * 30}])  # fmt: skip
def test_what_is_no_revision_is_404(page, query):
    assert page("comparison", **query).status_code == 404


def test_a_layout_that_is_not_known_is_the_usual_one(page):
    assert page("comparison", a=1, b=2, layout="<script>").context["layout"] == "inline"


def test_hostile_text_is_shown_as_text(client_of, editor, make_article):
    article = make_article(body="Safe.")
    actions.revise(article, by=editor, title="<img src=x>", body="<script>alert(1)</script>")

    text = body(client_of(editor).get(f"/desk/kb/{article.slug}/comparison/?a=1&b=2"))

    assert "<script>alert" not in text
    assert "<img src=x>" not in text


def test_the_fragment_is_the_comparison_alone(client_of, editor, history):
    answer = client_of(editor).get(
        f"/desk/kb/{history.slug}/comparison/?a=1&b=2", headers={"HX-Request": "true"}
    )

    assert "<html" not in body(answer)
    assert "<del>client</del>" in body(answer)


def test_going_on_from_an_earlier_one_is_a_new_revision(client_of, agent, history, page):
    client = client_of(agent)
    assert "Go on from revision 1" in body(page("revisions", 1))

    answer = client.post(
        f"/desk/kb/{history.slug}/revisions/1/return/", {"expected": 3}, follow=True
    )

    history.refresh_from_db()
    newest = history.revisions.get(number=4)
    assert (newest.title, newest.author) == ("Set up the VPN", agent)
    assert (history.published_number, history.revision_number) == (1, 4)
    assert "Revision 1 is the newer draft now." in body(answer)


def test_going_back_over_a_newer_save_is_refused(client_of, agent, history):
    answer = client_of(agent).post(f"/desk/kb/{history.slug}/revisions/1/return/", {"expected": 2})

    assert answer.status_code == 409
    assert history.revisions.count() == 3


def test_the_newest_has_nothing_to_go_back_to(page):
    assert "Go on from revision" not in body(page("revisions", 3))


def test_a_large_text_is_compared(client_of, editor, make_article):
    lines = [f"Line {n} of the runbook says something." for n in range(5_000)]
    article = make_article(body="\n".join(lines))
    lines[2_500] = "Line 2500 of the runbook says nothing."
    actions.revise(article, by=editor, title=article.title, body="\n".join(lines))

    text = body(client_of(editor).get(f"/desk/kb/{article.slug}/comparison/?a=1&b=2"))

    assert "<ins>nothing</ins>" in text
    assert "2497 lines are the same" in text.replace(",", "")


def test_rows_of_drafts_that_kept_an_old_text_get_the_newest(make_article, editor):
    mend = import_module("knowledge.migrations.0013_text_of_drafts").show_newest
    withdrawn = actions.withdraw(make_article(), by=editor)
    out = make_article("Out")
    actions.revise(out, by=editor, title="Newer draft", body="Not out yet.")
    type(withdrawn).objects.filter(pk=withdrawn.pk).update(title="Old", body="What was out once.")

    mend(apps, None)

    withdrawn.refresh_from_db()
    out.refresh_from_db()
    assert withdrawn.title == "VPN disconnects every few minutes"
    assert "Automatic" in withdrawn.body
    assert out.title == "Out"
