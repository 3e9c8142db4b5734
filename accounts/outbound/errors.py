"""Why nothing came back. `reason` is fit to be shown and kept: it holds no secret and nothing the target wrote."""


class NotSent(Exception):
    """Base of both: no answer was had."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Forbidden(NotSent):
    """The portal does not send there; trying again changes nothing until somebody changes the address."""


class Unreachable(NotSent):
    """The target could not be reached or did not answer in time; later it may."""
