"""How gunicorn serves Firebreak: `gunicorn -c config/serve.py`. All values are its defaults unless said here."""

import gc
import signal
from pathlib import Path
from typing import Any

import environ
from gunicorn import glogging  # type: ignore[import-untyped]

from config.logs import OneLineFormatter

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

chdir = str(BASE_DIR)
wsgi_app = "config.asgi:application"
worker_class = "asgi"
asgi_loop = "asyncio"
asgi_lifespan = "on"
asgi_disconnect_grace_period = 0  # who left is forgotten; what runs on a thread ends by itself
workers = env.int("WEB_WORKERS", default=2)
bind = env.str("BIND", default=f"127.0.0.1:{env.int('PORT', default=8000)}")
reuse_port = True  # without it one worker gets most of the kept-alive connections
backlog = 2048

timeout = 60
graceful_timeout = 5
keepalive = 5

limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190
forwarded_allow_ips = env.str("FORWARDED_ALLOW_IPS", default="127.0.0.1,::1")

control_socket_disable = True
accesslog = env.str("ACCESS_LOG", default="") or None
errorlog = "-"
loglevel = env.str("LOG_LEVEL", default="WARNING").lower()


class _Log(glogging.Logger):
    """One JSON object a line, as all of Firebreak's logs."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(OneLineFormatter())


logger_class = _Log


def post_worker_init(worker: Any) -> None:
    """Streams end when the server is told to stop, not after its patience with open connections.

    What was loaded by now stays until the end, so it is looked through for garbage never again, and the rest more
    seldom than Python does by itself: a page makes thousands of short-lived objects, and hardly a cycle.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    from incidents.live.hub import hub

    def stop() -> None:
        worker.handle_exit_signal()
        hub.close_all()

    worker.loop.add_signal_handler(signal.SIGTERM, stop)
