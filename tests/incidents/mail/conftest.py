import pytest

from incidents.mail.models import Mailbox


@pytest.fixture
def it_help(db) -> Mailbox:
    """A mailbox of no team, into which mail is handed."""
    return Mailbox.objects.create(
        slug="it-help", address="it-help@example.com", name="IT help", is_general=True
    )
