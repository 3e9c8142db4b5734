"""Who writes and who publishes, and an article that both are at."""

import pytest

from knowledge import actions
from knowledge.search import frequent


@pytest.fixture(autouse=True)
def _nothing_known_of_words():
    """What one test's articles say must not be felt in the next."""
    frequent.forget()


@pytest.fixture
def writer(client_of, agent):
    """Writes, but does not publish."""
    return client_of(agent)


@pytest.fixture
def publisher(client_of, editor):
    return client_of(editor)


@pytest.fixture
def drafted(make_article, agent):
    """A published article with a newer draft by somebody who only writes."""
    article = make_article()
    return actions.revise(article, by=agent, title=article.title, body="Better words.")
