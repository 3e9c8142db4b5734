"""What we sign is what Django signs."""

import pytest
import time_machine
from django.core import signing

from accounts import signed

VALUE = [7, "reply:INC-1042", ["queue:network", "für"]]


def test_it_is_written_as_django_writes_it():
    with time_machine.travel("2026-11-29T12:00:00Z", tick=False):
        assert signed.dumps(VALUE, salt="typed") == signing.dumps(VALUE, salt="typed")


def test_it_is_read_with_its_own_salt_alone():
    given = signed.dumps(VALUE, salt="typed")

    assert signing.loads(given, salt="typed") == VALUE
    with pytest.raises(signing.BadSignature):
        signing.loads(given, salt="another")


def test_another_key_signs_another_way(settings):
    given = signed.dumps(VALUE, salt="typed")
    settings.SECRET_KEY = "a key of nobody else"

    with pytest.raises(signing.BadSignature):
        signing.loads(given, salt="typed")
    assert signing.loads(signed.dumps(VALUE, salt="typed"), salt="typed") == VALUE
