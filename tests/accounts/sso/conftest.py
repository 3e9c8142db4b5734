"""An OpenID provider that is set up here, and a browser that goes there and back."""

from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts.sso.models import Provider
from tests import identity


@pytest.fixture(scope="session")
def _openid_server():
    with identity.openid_provider() as provider:
        yield provider


@pytest.fixture
def idp(_openid_server, settings):
    port = _openid_server.port
    settings.OUTBOUND_ALLOWED = [f"127.0.0.1:{port}"]
    _openid_server.__init__()
    _openid_server.port = port
    return _openid_server


@pytest.fixture
def provider(db, idp):
    return Provider.objects.create(
        kind="oidc", name="Example ID", slug="example-id", is_on=True, issuer=idp.issuer,
        client_id=identity.CLIENT, secret=identity.SECRET,
    )  # fmt: skip


def set_to(row, **values):
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    return row


def leave(client, provider, **sent):
    """Where the sign-in page's button leads, as address and as what it asks."""
    page = client.post(f"/accounts/sso/{provider.slug}/", sent)
    assert page.status_code == 200, page.text
    address = page.context["address"]
    return SimpleNamespace(
        address=address,
        asked={name: values[0] for name, values in parse_qs(urlsplit(address).query).items()},
    )


def go(client, provider, idp, **sent):
    """There and back; the answer of our callback."""
    there = leave(client, provider, **sent)
    back = urlsplit(idp.authorize(there.asked))
    return client.get(f"{back.path}?{back.query}")


def who(client):
    return int(client.session.get("_auth_user_id", 0)) or None


@pytest.fixture
def browser():
    return Client()
