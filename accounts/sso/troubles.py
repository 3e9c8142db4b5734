"""What can go wrong with a provider. The words are for administrators; people are told where to turn instead."""

from allauth.socialaccount.providers.base import ProviderException


class Trouble(ProviderException):
    """Base. `reason` names what is wrong, without any secret."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Away(Trouble):
    """It can't be reached, or answers nothing that can be read."""


class NotProven(Trouble):
    """What was brought from there does not prove who somebody is."""
