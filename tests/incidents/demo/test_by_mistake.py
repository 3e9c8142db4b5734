"""`demo` asks first where there is a portal."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User


def test_a_portal_in_use_gets_no_demo_by_mistake(db):
    with pytest.raises(CommandError, match="say --yes"):
        call_command("demo", skip_checks=True)
    assert not User.objects.people().exists()
