"""How many articles have a frequent word is kept for a while: for each kind of reader, and of frequent words alone."""

from hypothesis import given
from hypothesis import strategies as st

from knowledge import search
from knowledge.models import Article, Audience
from knowledge.search import engine, frequent, postings, stems


def known(reader):
    return frequent.counts(engine.keys_of(Article.objects.readable_by(reader)))


def test_frequent_words_are_kept_and_rare_ones_counted_anew(monkeypatch, make_article, requester):
    monkeypatch.setattr(frequent, "FREQUENT", 3)
    for number in range(3):
        make_article(f"Printer {number}", "It is jammed.")
    make_article("Scanner", "It is dark.")
    search.find("printer scanner", user=requester)

    assert (known(requester)["printer"], known(requester)[postings.EVERY]) == (3, 4)
    assert "scanner" not in known(requester)

    new = make_article("Scanner and toner", "Order it.")
    assert new.slug in [hit.article.slug for hit in search.find("scanner", user=requester).hits]


def test_readers_share_no_counts(monkeypatch, make_article, requester, agent):
    monkeypatch.setattr(frequent, "FREQUENT", 2)
    for number in range(2):
        make_article(f"Vault {number}", "For staff.", audience=Audience.STAFF)
    make_article("Vault", "For all.")
    search.find("vault", user=agent)
    search.find("vault", user=requester)

    assert known(agent)["vault"] == 3
    assert "vault" not in known(requester)


def test_after_a_while_all_are_counted_again(monkeypatch, make_article, requester):
    monkeypatch.setattr(frequent, "FREQUENT", 1)
    make_article("Printer", "It is jammed.")
    search.find("printer", user=requester)
    make_article("Printer again", "It is jammed.")
    search.find("printer", user=requester)
    assert known(requester)["printer"] == 1

    monkeypatch.setattr(frequent, "SECONDS", -1)
    frequent.forget()
    search.find("printer", user=requester)
    monkeypatch.setattr(frequent, "SECONDS", 300)
    search.find("printer", user=requester)
    assert known(requester)["printer"] == 2


def test_reindexing_forgets_them(monkeypatch, make_article, requester):
    monkeypatch.setattr(frequent, "FREQUENT", 1)
    make_article("Printer", "It is jammed.")
    search.find("printer", user=requester)

    search.reindex()

    assert not known(requester)


def test_what_begins_so_is_kept_where_it_is_frequent(monkeypatch, make_article, requester):
    monkeypatch.setattr(postings, "OFTEN", 1)
    words = ["thunder", "theme", "thread", "thumb", "third", "thin", "throw", "thaw"]
    make_article(" ".join(words), "Text.")
    readable = engine.keys_of(Article.objects.readable_by(requester))

    assert sorted(postings.beginning_with("th", readable, 8)) == sorted(words)
    assert sorted(frequent.words(readable, "th")) == sorted(words)
    assert frequent.words(readable, "thu") is None


def test_no_half_typed_word_becomes_one_that_says_nothing(make_article, requester):
    make_article("The theme of this page", "Text.")
    readable = engine.keys_of(Article.objects.readable_by(requester))

    assert postings.beginning_with("th", readable, 8) == ["theme"]


@given(st.text("abcdefginrsty", min_size=1, max_size=12))
def test_english_stems_begin_as_their_words(word):
    """Excerpts look at no token that begins otherwise than all that is looked for."""
    assert stems.english(word)[:2] == word[:2]
