"""Signatures, held against the specification's own words and example."""

import base64
import hashlib
import hmac
import json
import re
from pathlib import Path

from incidents.webhooks import signing
from tests import sinks


def verified(secret: str, received: sinks.Received, *, now: int) -> bool:
    """Standard Webhooks 1.0, “Verifying webhook authenticity”, as a receiver would write it."""
    uid, stamp = received.headers["webhook-id"], received.headers["webhook-timestamp"]
    if abs(now - int(stamp)) > 5 * 60:
        return False
    key = base64.b64decode(secret[len("whsec_") :])
    wanted = hmac.new(key, uid.encode() + b"." + stamp.encode() + b"." + received.body, hashlib.sha256)  # fmt: skip
    for one in received.headers["webhook-signature"].split(" "):
        version, _comma, given = one.partition(",")
        if version == "v1" and hmac.compare_digest(base64.b64decode(given), wanted.digest()):
            return True
    return False


def test_the_example_of_the_specification():
    # From the reference libraries: id, timestamp, body and secret with the signature they must give.
    assert signing.sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}',
    ) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="  # fmt: skip


def test_a_secret_is_new_each_time_and_long_enough():
    made = {signing.new_secret() for _ in range(20)}
    assert len(made) == 20
    assert all(len(base64.b64decode(one.removeprefix("whsec_"))) == 32 for one in made)


def test_the_example_in_the_handbook_verifies_what_we_sign():
    text = (Path(__file__).parents[3] / "docs" / "channels.md").read_text()
    (code,) = re.findall(r"```python\n(.*?def verify.*?)```", text, re.DOTALL)
    names: dict = {}
    exec(code, names)  # noqa: S102 (our own handbook)
    secret, body = signing.new_secret(), json.dumps({"type": "webhook.test"}).encode()
    headers = signing.headers([signing.new_secret(), secret], "msg_1", 1_800_000_000, body)
    assert names["verify"](secret, headers, body, now=1_800_000_100)
    assert not names["verify"](secret, headers, body + b" ", now=1_800_000_100)
    assert not names["verify"](secret, headers, body, now=1_800_000_400)
    assert not names["verify"](signing.new_secret(), headers, body, now=1_800_000_100)
