"""What the hub hears, from the database: one listener in each web process, for as long as it runs."""

import asyncio
import logging
import random
from typing import Any

import psycopg
from django.db import DatabaseError, connection

from incidents.live.hub import Hub
from incidents.live.sources import Poller
from incidents.live.threads import in_thread
from incidents.live.wake import CHANNEL, parse

log = logging.getLogger("firebreak.live")

POLL_EVERY = 0.5
PROBE_EVERY = 15
"""Seconds of silence after which the listening connection is tried."""
ANSWERS_WITHIN = 10
FIRST_WAIT, LONGEST_WAIT = 0.5, 10.0


async def feed(hub: Hub) -> None:
    """Feed `hub` until cancelled, through any loss of the database."""
    listen = _notified if connection.vendor == "postgresql" else _polled
    wait = FIRST_WAIT
    while True:
        began = asyncio.get_running_loop().time()
        try:
            await listen(hub)
        except (psycopg.Error, DatabaseError, OSError, TimeoutError) as error:
            log.warning("live updates lost the database, trying again: %s", type(error).__name__)
        hub.is_deaf()
        if asyncio.get_running_loop().time() - began > LONGEST_WAIT:
            wait = FIRST_WAIT
        await asyncio.sleep(wait * random.uniform(0.7, 1.3))  # noqa: S311 (spreads load)
        wait = min(wait * 2, LONGEST_WAIT)


async def _notified(hub: Hub) -> None:
    async with asyncio.timeout(ANSWERS_WITHIN):
        listening = await psycopg.AsyncConnection.connect(**_parameters(), autocommit=True)
    async with listening:
        await listening.execute(f"LISTEN {CHANNEL}")
        hub.hears()
        while True:
            async for notice in listening.notifies(timeout=PROBE_EVERY):
                hub.deliver(parse(notice.payload))
            async with asyncio.timeout(ANSWERS_WITHIN):
                await listening.execute("SELECT 1")


def _parameters() -> dict[str, Any]:
    """Django's parameters, without those that only its own connections understand."""
    parameters = connection.get_connection_params()
    wanted = {"dbname", "user", "password", "host", "port", "options", "service", "passfile"}
    return {
        name: value
        for name, value in parameters.items()
        if name in wanted or name.startswith("ssl")
    }


async def _polled(hub: Hub) -> None:
    poller = Poller()
    await in_thread(poller.poll)
    hub.hears()
    while True:
        await asyncio.sleep(POLL_EVERY)
        hub.deliver(await in_thread(poller.poll))
