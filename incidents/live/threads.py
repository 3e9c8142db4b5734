"""The database, for code in the event loop: two threads of a process, each with one connection that it keeps.

A stream that kept a connection, or a thread of its own, would be one of thousands.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import close_old_connections

Given = ParamSpec("Given")
Found = TypeVar("Found")

_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="live")


async def in_thread(do: Callable[Given, Found], *args: Given.args, **kwargs: Given.kwargs) -> Found:
    """Call `do`, which may use the database, without holding up the loop."""

    def call() -> Found:
        close_old_connections()  # one that broke is replaced, the others stay
        return do(*args, **kwargs)

    return await asyncio.get_running_loop().run_in_executor(_threads, call)
