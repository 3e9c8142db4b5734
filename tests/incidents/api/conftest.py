"""Programs as tests have them: a client that sends a person's token and JSON."""

import json

import pytest
from django.test import Client

from accounts import actions
from accounts.access import Scope
from incidents.api import limits


class Program:
    """Speaks for one token."""

    def __init__(self, secret, *, raises=True):
        self.secret = secret
        self.client = Client(raise_request_exception=raises)

    def ask(self, method, path, body=None, **headers):
        sent = {
            "Authorization": f"Bearer {self.secret}",
            **{k.replace("_", "-"): v for k, v in headers.items()},
        }
        if body is not None:
            return self.client.generic(
                method, f"/api/v1{path}", json.dumps(body), "application/json", headers=sent
            )
        return self.client.generic(method, f"/api/v1{path}", headers=sent)

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def post(self, path, body=None, **headers):
        return self.ask("POST", path, body, **headers)

    def put(self, path, body=None, **headers):
        return self.ask("PUT", path, body, **headers)

    def patch(self, path, body=None, **headers):
        return self.ask("PATCH", path, body, **headers)

    def delete(self, path, **headers):
        return self.ask("DELETE", path, **headers)


@pytest.fixture(autouse=True)
def _fresh_limits(db):
    """What a process holds of a minute must not be felt in the next test, whose tokens have the same keys."""
    limits.forget()


@pytest.fixture
def token_of():
    """A person's token for everything, or for these scopes: the row and the secret."""

    def make(person, *scopes, days=30, by=None, name="Script"):
        return actions.make_token(
            person, by=by or person, name=name, scopes=scopes or list(Scope), days=days
        )

    return make


@pytest.fixture
def program_of(token_of):
    """A program that acts as this person."""

    def make(person, *scopes, raises=True):
        _token, secret = token_of(person, *scopes)
        return Program(secret, raises=raises)

    return make
