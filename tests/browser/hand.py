"""A process of the site that does what tests ask of it, one after the other: starting Django takes longer than the asking.

Each line it reads is the code, as JSON; each line it writes is what the code printed, or how it failed.
"""

import io
import json
import sys
import traceback
from contextlib import redirect_stdout

import django

django.setup()

# ruff: noqa: E402
from django.db import connections

for line in sys.stdin:
    printed, failed = io.StringIO(), ""
    try:
        with redirect_stdout(printed):
            exec(json.loads(line), {})  # noqa: S102
    except Exception:  # noqa: BLE001 (whatever it was, the test that asked fails with it)
        failed = traceback.format_exc()
    connections.close_all()  # nobody waits for a hand that rests
    sys.stdout.write(f"{json.dumps([printed.getvalue(), failed])}\n")
    sys.stdout.flush()
