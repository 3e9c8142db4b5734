"""Refusals of this app, beside those of `accounts.errors`."""

from collections.abc import Sequence

from accounts.errors import InvalidInput
from incidents.workflow.checks import Fault


class Unsound(InvalidInput):
    """The workflow does not hold together; `faults` say where and why."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(" ".join(str(fault) for fault in faults))
        self.faults = list(faults)
