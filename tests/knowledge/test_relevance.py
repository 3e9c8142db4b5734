"""Search puts the right article first at least as often as plain BM25 and TF-IDF cosine: a small sample of what `make relevance` measures."""

import pytest

from tests.bench import plain
from tests.bench.questions import DATA, SETS, misspell
from tests.bench.relevance import measure, searched

needs_sets = pytest.mark.skipif(
    not (DATA / "relevance").is_dir(), reason="the question sets are not beside the repository"
)


@needs_sets
@pytest.mark.timeout(120)
@pytest.mark.parametrize(("name", "texts"), [("stackfaq", 125), ("microsoft365", 125)])
def test_search_is_no_worse_than_plain_ones_and_forgives_slips(db, name, texts):
    given = SETS[name]().sample(25, texts)
    ours = searched(given)
    texts_by_key = (
        [text.key for text in given.texts], [f"{text.title} {text.body}" for text in given.texts]
    )  # fmt: skip

    mrr, hit, _took = measure(given, ours)
    misspelt, _hit, _took = measure(given.misspelt(), ours)

    for theirs in (plain.bm25(*texts_by_key), plain.tf_idf(*texts_by_key)):
        plain_mrr, plain_hit, _took = measure(given, theirs)
        assert mrr >= plain_mrr
        assert hit >= plain_hit
    assert misspelt >= 0.9 * mrr


def test_slips_are_always_the_same():
    said = "The printer in the office prints blank labels"

    assert misspell(said) == misspell(said) != said
    assert len(misspell(said).split()) == len(said.split())
