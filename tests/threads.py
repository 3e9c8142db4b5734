"""Several people at the same moment."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection


def together(number: int, do: Callable[[], Any]) -> list[Any]:
    """Call `do` in `number` threads that start at once; their results, or the first error."""
    barrier = threading.Barrier(number)
    results: list[Any] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            barrier.wait()
            results.append(do())
        except BaseException as error:  # noqa: BLE001 (raised again below, in the test's own thread)
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results
