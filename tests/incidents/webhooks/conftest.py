"""Endpoints whose targets are real servers on loopback, which the tests allow as an operator would."""

import pytest
from django.core.cache import cache

from incidents.webhooks import listening, worker
from incidents.webhooks.models import Endpoint
from tests import sinks


@pytest.fixture
def sink(settings):
    with sinks.sink() as made:
        settings.OUTBOUND_ALLOWED = [*settings.OUTBOUND_ALLOWED, f"127.0.0.1:{made.port}"]
        yield made


@pytest.fixture
def make_endpoint(db):
    def make(url: str, name: str = "Monitoring", kinds=("filed", "replied", "assigned"), **given) -> Endpoint:  # fmt: skip
        made = Endpoint.objects.create(name=name, url=url, kinds=list(kinds), **given)
        listening.renew()
        return made

    return make


@pytest.fixture
def endpoint(make_endpoint, sink):
    return make_endpoint(sink.url)


@pytest.fixture
def run(db):
    """One run of the worker, until nothing is due."""

    def go(seconds: float = 20) -> int:
        cache.delete(worker.RUNNING)
        return worker.send_due(seconds)

    return go
