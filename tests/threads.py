"""Several people at the same moment."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection


def together(number: int, do: Callable[[], Any]) -> list[Any]:
    """Call `do` in `number` threads that start at once; their results, or the first error."""
    barrier = threading.Barrier(number)
    results: list[Any] = []

    def one() -> None:
        barrier.wait()
        results.append(do())

    beside(*[one] * number)
    return results


def beside(*steps: Callable[[], Any]) -> None:
    """Each in a thread of its own; the first error is raised again."""
    errors: list[BaseException] = []

    def run(step: Callable[[], Any]) -> None:
        try:
            step()
        except BaseException as error:  # noqa: BLE001 (raised again below, in the test's own thread)
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
