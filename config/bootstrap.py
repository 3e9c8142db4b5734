"""Sets Firebreak up and starts it, with nothing but Python: `make run`, `make test` and `make bench` call this.

Uses the standard library only, since it runs before anything is installed. Every step that is done leaves a mark
with the hash of what it depended on, so a second run skips it.
"""

import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / "python"
OLDEST = (3, 11)
CORES = os.cpu_count() or 2
PARTS = max(6, CORES)
"""Of the suite on each database, beside the browser's."""
PROGRESS = re.compile(r"\[ *(\d+)%\]$")
"""How pytest ends a line of dots."""
SOME_FAILED = 1
"""What pytest ends with where it ran all tests and some failed."""
NOTHING_CHOSEN = 5
"""What pytest ends with where no test is left, as in most parts with `-k`."""
FAULT = re.compile(r"(failed|error|second try): ")
"""How a line begins in which `tests/conftest.py` names a test that did not pass at once."""
SEED = os.environ.get("SEED") or "1"
"""The order of tests hangs on it: a run that fails can be repeated, and another order is another number."""

DEMO = {
    "DEMO": "1",
    "REQUIRE_STAFF_MFA": "0",
    "SITE_NAME": "Fernhill IT Help",
    "SITE_PHONE": "5555",
    "SITE_HOURS": "weekdays, 07:00–19:00",
}
"""What the demo sets; the environment and `.env` win."""


class Stop(SystemExit):
    """Ends with a sentence instead of a traceback."""


def say(text: str) -> None:
    print(text, flush=True)


def run(
    *command: object, env: Mapping[str, str] | None = None, quiet: bool = False, cwd: Path = ROOT
) -> None:
    """Run a step; when it fails, show what it said and stop."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=cwd, env={**os.environ, **(env or {})}, check=False, text=True,
        capture_output=quiet,
    )  # fmt: skip
    if done.returncode:
        if quiet:
            say(done.stdout + done.stderr)
        raise Stop(f"Stopped: “{' '.join(words[-3:])}” ended with {done.returncode}.")


def fingerprint(paths: Iterable[Path]) -> str:
    """A hash over the names and contents of files."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(str(path.relative_to(ROOT)).encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def is_done(step: str, mark: str) -> bool:
    note = VENV / f".done-{step}"
    return note.exists() and note.read_text() == mark


def note_done(step: str, mark: str) -> None:
    (VENV / f".done-{step}").write_text(mark)


# Setting up -----------------------------------------------------------------------------------------


def make_environment() -> None:
    if sys.version_info < OLDEST:
        raise Stop(f"Firebreak needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    if PYTHON.exists():
        return
    say("Making the environment …")
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        raise Stop(
            "Python's venv is missing. On Debian and Ubuntu: apt install python3-venv python3-pip\n"
            + made.stdout
        )


def install(lock: str) -> None:
    """Install one of the hashed lock files; `test` holds everything that `base` does."""
    mark = fingerprint([ROOT / "requirements" / f"{lock}.txt"])
    if is_done(lock, mark):
        return
    say(f"Installing Python packages ({lock}) …")
    run(
        PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes",
        "-r", ROOT / "requirements" / f"{lock}.txt",
    )  # fmt: skip
    note_done(lock, mark)


def install_frontend(*, with_tests: bool) -> None:
    """Front-end files by their lock, through the Node.js that pip installed."""
    locks = [ROOT / "requirements" / name for name in ("package.json", "package-lock.json")]
    mark = fingerprint(locks) + str(with_tests)
    if is_done("frontend", mark) or is_done("frontend", mark.replace("False", "True")):
        return
    say("Installing front-end files …")
    place = VENV / "frontend"
    place.mkdir(exist_ok=True)
    for lock in locks:
        shutil.copy(lock, place)
    scope = [] if with_tests else ["--omit=dev"]
    run(
        BIN / "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", *scope,
        env={"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}, quiet=True, cwd=place,
    )  # fmt: skip
    note_done("frontend", mark)


def compile_catalogues() -> None:
    """Translations, from the texts that are kept to the files that programs read; only what is newer."""
    run(PYTHON, ROOT / "config" / "catalogues.py")


def set_up(*, for_tests: bool = False) -> None:
    make_environment()
    install("test" if for_tests else "base")
    install_frontend(with_tests=for_tests)
    compile_catalogues()


# Running ----------------------------------------------------------------------------------------------


def prepare(env: Mapping[str, str]) -> None:
    """Database, static files, demo company."""
    data = Path(env.get("FIREBREAK_DATA") or ROOT / "var")
    depends = [
        *ROOT.glob("*/migrations/*.py"), *ROOT.glob("incidents/*/migrations/*.py"),
        *(path for path in (ROOT / "static").rglob("*") if path.is_file()),
        ROOT / "requirements" / "base.txt", ROOT / "accounts" / "permissions.py", ROOT / "config" / "schedules.py",
    ]  # fmt: skip
    mark = fingerprint(depends) + env.get("DATABASE_URL", "")
    note = data / ".prepared"
    if note.exists() and note.read_text() == mark:
        return
    manage = [PYTHON, ROOT / "manage.py"]
    say("Preparing the database …")
    run(*manage, "migrate", "--verbosity", "0", env=env)
    run(*manage, "sync_schedules", env=env, quiet=True)
    say("Collecting static files …")
    run(*manage, "collectstatic", "--noinput", "--clear", "--verbosity", "0", env=env)
    say("Moving the demo company in …")
    run(*manage, "demo", "--yes", env=env, quiet=True)
    note.write_text(mark)


def require_free(port: str) -> None:
    """The server shares its port among its workers, so a second one would start beside the first without a word."""
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", int(port))) == 0:
            raise Stop(
                f"Something answers on port {port} already. Stop it, or choose another: PORT=8001 make run"
            )


def wait_for(url: str, *, seconds: float, while_running: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if while_running.poll() is not None:
            raise Stop("The web server ended before it answered; its words are above.")
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 (our own address)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise Stop(f"{url} does not answer after {seconds:.0f} seconds.")


def serve() -> None:
    """Web and worker together, until Ctrl-C."""
    set_up()
    port = os.environ.get("PORT", "8000")
    require_free(port)
    address = f"http://127.0.0.1:{port}"
    env = {**DEMO, "SITE_URL": address, **os.environ, "PORT": port}
    prepare(env)
    web = subprocess.Popen(
        [BIN / "gunicorn", "-c", ROOT / "config" / "serve.py", "config.asgi:application"],
        cwd=ROOT,
        env=env,
    )
    worker = subprocess.Popen([PYTHON, ROOT / "manage.py", "qcluster"], cwd=ROOT, env=env)
    both = (web, worker)

    def stop(*_signal: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        wait_for(f"{address}/healthz", seconds=30, while_running=web)
        say(WELCOME.format(address=address))
        while all(process.poll() is None for process in both):
            time.sleep(0.5)
        say("One of the two processes ended, stopping the other.")
    except KeyboardInterrupt:
        say("\nStopping …")
    finally:
        for process in both:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in both:
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()


WELCOME = """
  Firebreak is at {address}

  Sign in with one of these, password  firebreak-demo

    employee@example.com   reports problems, reads articles
    agent@example.com      works three teams' queues
    lead@example.com       leads a team
    manager@example.com    runs the desk across all teams
    editor@example.com     writes and publishes articles
    admin@example.com      shapes people, roles and categories

  Ctrl-C stops it.
"""


# Checking and testing --------------------------------------------------------------------------------------

HTTPS_SETTINGS = {
    "SITE_URL": "https://help.example.com",
    "ALLOWED_HOSTS": "help.example.com",
    "SECRET_KEY": "only-for-the-deploy-check-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
}


def checks() -> list[tuple[str, list[object], dict[str, str]]]:
    """Named steps of the gate, besides tests; the longest first, since they run beside each other."""
    tool = lambda name: BIN / name  # noqa: E731
    manage = [PYTHON, ROOT / "manage.py"]
    code = ["accounts", "config", "incidents", "knowledge", "tests", "manage.py"]
    return [
        ("types", [tool("mypy"), "accounts", "config", "incidents", "knowledge"], {}),
        ("format", [tool("ruff"), "format", "--check", "--quiet", *code], {}),
        ("lint", [tool("ruff"), "check", "--quiet", *code], {}),
        ("layers", [tool("lint-imports"), "--no-cache"], {}),
        ("templates", [tool("djlint"), "templates", "--lint", "--quiet"], {}),
        ("migrations", [*manage, "makemigrations", "--check", "--dry-run"], {}),
        ("deploy", [*manage, "check", "--deploy", "--fail-level", "WARNING"], HTTPS_SETTINGS),
    ]


def check() -> None:
    set_up(for_tests=True)
    steps = checks()
    with ThreadPoolExecutor(CORES) as pool:
        passed = list(pool.map(passes, steps))
    wrong = [name for (name, *_step), is_right in zip(steps, passed, strict=True) if not is_right]
    if wrong:
        raise Stop(f"Not in order: {', '.join(wrong)}.")


def passes(step: tuple[str, list[object], dict[str, str]]) -> bool:
    name, command, env = step
    began = time.monotonic()
    done = subprocess.run(
        [str(word) for word in command], cwd=ROOT, text=True, capture_output=True, check=False,
        env={**os.environ, "FIREBREAK_DATA": str(VENV / "check-data"), **env},
    )  # fmt: skip
    is_right = done.returncode == 0
    told = f"{'ok  ' if is_right else 'FAIL'} {name}, {time.monotonic() - began:.0f} s"
    say(told if is_right else f"{told}\n{(done.stdout + done.stderr).rstrip()}")
    return is_right


def test(*arguments: str) -> None:
    """The gate and the whole suite, on SQLite and, where it is installed, on PostgreSQL; the browser where Chromium is."""
    if not SEED.isdecimal():
        raise Stop("SEED is a whole number: it sets the order of tests.")
    check()
    from tests import services

    required = os.environ.get("REQUIRE_ALL") == "1"
    chromium = services.chromium(with_windows=True)
    if not chromium:
        say("Chromium is not installed: the browser tests are left out.")
    if required and not chromium:
        raise Stop("REQUIRE_ALL is set and Chromium is missing.")
    postgres = services.postgres_programs()
    if not postgres:
        say("PostgreSQL is not installed: the suite runs on SQLite only.")
    if required and not postgres:
        raise Stop("REQUIRE_ALL is set and PostgreSQL is missing.")

    with ExitStack() as open_ones, ThreadPoolExecutor(CORES) as pool:
        servers = {"SQLite": ""}
        if postgres:
            servers["PostgreSQL"] = open_ones.enter_context(services.postgres(*services.FORGETFUL))
        running = [pool.submit(run_parts, in_browser(servers), arguments)] if chromium else []
        running += [pool.submit(run_parts, [part], arguments) for part in beside_browser(servers)]
        ends = [end for parts in running for end in parts.result()]
    if {end.code for end in ends} == {NOTHING_CHOSEN}:
        raise Stop("No test fits what was asked for.")
    failed = [end for end in ends if end.code and not (arguments and end.code == NOTHING_CHOSEN)]
    for end in ends:
        if end in failed or end.faults:
            say(end.told)
    if failed:
        raise Stop("Tests failed.")


@dataclass(frozen=True)
class Part:
    """Tests that one process runs, one after the other, on a database of their own."""

    name: str
    database: str
    marked: str
    options: tuple[object, ...] = ()


@dataclass(frozen=True)
class End:
    """How the tests of a part ended: the exit code, and a line for each that did not pass at once."""

    part: str
    code: int
    faults: list[str]
    last: list[str]
    """What it said last, for one that did not get as far as to name its faults."""

    @property
    def told(self) -> str:
        is_named = self.code == 0 or (self.code == SOME_FAILED and self.faults)
        lines = self.faults if is_named else [*self.faults, *self.last]
        return "\n".join([f"{self.part}, ended with {self.code}:", *(line[:200] for line in lines)])


def in_browser(servers: Mapping[str, str]) -> list[Part]:
    """Apart from all others, since their event loop must not meet them, and never two at once: each window has a
    server, a worker and a browser behind it already. What fails there is tried once more, and named either way;
    `tests/conftest.py` refuses a part with several such. They share one portal, as people do, and what one leaves
    there the next finds: their order is that of their files.
    """
    marked = {"SQLite": "browser", "PostgreSQL": "browser and both_databases"}
    options = ("--reruns", 1, "-r", "sfE", "--randomly-dont-reorganize")
    return [
        Part(f"{server}, in the browser", url, marked[server], options)
        for server, url in servers.items()
    ]


def beside_browser(servers: Mapping[str, str]) -> list[Part]:
    """All other tests, by their files, in parts that are short enough for no core to wait long for another's last."""
    return [
        Part(
            f"{server}, {number} of {PARTS}",
            url and url.rpartition("/")[0] + f"/part_{number}",
            "not browser",
            ("--part", f"{number}/{PARTS}"),
        )
        for server, url in servers.items()
        for number in range(1, PARTS + 1)
    ]


def run_parts(parts: Iterable[Part], arguments: Iterable[str]) -> list[End]:
    """Run parts one after the other; how each ended, so that one run tells of all that fails."""
    return [end_of(part, *arguments) for part in parts]


def end_of(part: Part, *arguments: str) -> End:
    """Run a part beside others: how far it is, as it goes on, and all that it said once it is over."""
    folder = VENV / "test-data" / re.sub(r"\W+", "-", part.name).lower()
    env = {"FIREBREAK_DATA": str(folder), "DATABASE_URL": part.database}
    command = [
        PYTHON, "-m", "pytest", "-q", "--randomly-seed", SEED, "--hypothesis-seed", SEED, *part.options, "-m", part.marked, *arguments,
    ]  # fmt: skip
    said, far = [], 0
    with subprocess.Popen(
        [str(word) for word in command], cwd=ROOT, env=os.environ | env, text=True, errors="replace",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as running:  # fmt: skip
        for line in running.stdout or ():
            percent = PROGRESS.search(line)
            if percent is None:
                said.append(line)
            elif int(percent[1]) >= far + 10:
                far = int(percent[1])
                say(f"{part.name}: {far} %")
    say(f"\n{part.name}\n{''.join(said)}")
    lines = [line.rstrip() for line in said if line.strip()]
    faults = [line for line in lines if FAULT.match(line)]
    return End(part.name, running.returncode, faults, lines[-5:])


def bench(*arguments: str) -> None:
    set_up(for_tests=True)
    run(PYTHON, "-m", "tests.bench", *arguments)


def relevance(*arguments: str) -> None:
    """How well search answers the development question sets, against plain BM25 and TF-IDF cosine."""
    set_up(for_tests=True)
    install("relevance")
    run(PYTHON, "-m", "tests.bench.relevance", *arguments)


def collect_messages() -> None:
    """Bring the catalogues up to date with the texts of the source; needs GNU gettext on the machine."""
    set_up(for_tests=True)
    if not shutil.which("xgettext"):
        raise Stop("GNU gettext is missing. On Debian and Ubuntu: apt install gettext")
    run(PYTHON, ROOT / "manage.py", "makemessages", "--all", "--verbosity", "0")
    compile_catalogues()


def lock() -> None:
    """Compile the lock files anew. They name packages, versions and hashes, no addresses.

    Extras stay named: older pips pin `coverage[toml]` only where the lock says it so, and refuse the rest
    as soon as a newer release appears.
    """
    set_up(for_tests=True)
    run(PYTHON, "-m", "pip", "install", "--quiet", "uv")
    extras: dict[str, list[str]] = {
        "base": [],
        "test": ["--extra", "test"],
        "relevance": ["--extra", "test", "--extra", "relevance"],
    }
    for name, extra in extras.items():
        run(
            PYTHON, "-m", "uv", "pip", "compile", "--quiet", "--upgrade", "--generate-hashes", "--universal",
            "--python-version", "3.11", "--no-emit-index-url", "--no-annotate", "--no-strip-extras",
            "--custom-compile-command", "make lock", *extra,
            "pyproject.toml", "-o", f"requirements/{name}.txt",
        )  # fmt: skip


COMMANDS = {
    "run": serve,
    "test": test,
    "check": check,
    "bench": bench,
    "relevance": relevance,
    "lock": lock,
    "messages": collect_messages,
    "setup": set_up,
}


def main() -> None:
    name, *arguments = sys.argv[1:] or ["run"]
    if name not in COMMANDS:
        raise Stop(f"Say one of: {', '.join(COMMANDS)}.")
    COMMANDS[name](*arguments)  # type: ignore[operator]


if __name__ == "__main__":
    main()
