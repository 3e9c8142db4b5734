"""What the queue calls. Every job may run twice, or at the same time as another."""

from django.utils import timezone

from incidents.desk import gaps, leaving, runs


def go_on(pk: int) -> None:
    """Work on a bulk run: a nudge after it was started or undone."""
    runs.go_on(pk)


def sweep() -> int:
    """Every minute: go on with runs whose worker or nudge was lost; how many there were."""
    left = runs.forgotten()
    for pk in left:
        runs.go_on(pk)
    return len(left)


def hand_over(pk: int) -> None:
    """Go on with the open work of somebody who left: a nudge after they were deactivated."""
    leaving.go_on(pk)


def sweep_handovers() -> int:
    """Every minute: handovers whose worker or nudge was lost."""
    left = leaving.forgotten()
    for pk in left:
        leaving.go_on(pk)
    return len(left)


def tidy() -> None:
    """Every night."""
    runs.forget_old()
    leaving.forget_old()


def find_gaps() -> int:
    """Every night: what people look for that no article answers."""
    return gaps.look(timezone.now())
