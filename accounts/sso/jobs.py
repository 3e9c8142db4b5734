"""Entry points for the queue."""

from accounts.sso.syncing import sync_all


def sync_directories() -> None:
    sync_all()
