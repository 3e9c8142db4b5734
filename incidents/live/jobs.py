"""What the clock does to presence."""

from incidents.live import presence


def forget_gone() -> int:
    return presence.forget_gone()
