"""Firebreak's settings: one file, every value from the environment is read here and fails loudly.

Policy that a manager would change (roles, categories, teams) is rows, not settings.
The secure form is the default; a plain-HTTP `SITE_URL` (the demo, a developer) switches off only what needs HTTPS.
"""

import contextlib
import secrets
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

DATA = Path(env.str("FIREBREAK_DATA", default=str(BASE_DIR / "var"))).resolve()
DATA.mkdir(parents=True, exist_ok=True)


def _secret_key() -> str:
    """The key from the environment, or one made once and kept in `FIREBREAK_DATA` with mode 0600."""
    if given := env.str("SECRET_KEY", default=""):
        return given
    kept = DATA / "secret_key"
    if not kept.exists():
        fresh = DATA / f"secret_key.{secrets.token_hex(4)}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(64))
        with contextlib.suppress(FileExistsError):  # the first of several starting processes wins
            kept.hardlink_to(fresh)
        fresh.unlink()
    return kept.read_text()


SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
DEBUG = env.bool("DEBUG", default=False)
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
SITE_HOST = urlsplit(SITE_URL).hostname or ""
HTTPS = SITE_URL.startswith("https://")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[SITE_HOST, "localhost", "127.0.0.1"])
CSRF_TRUSTED_ORIGINS = [SITE_URL] if HTTPS else []
TESTING = "pytest" in sys.modules
DEMO = env.bool("DEMO", default=False)  # names the demo accounts on the sign-in page

# Apps, in the order in which their templates and static files win ------------------------------

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",  # the default one would put its own site in place of ours
    "accounts.apps.AdministrationConfig",
    "accounts",
    "accounts.sso",
    "knowledge",
    "incidents",
    "incidents.workflow",
    "incidents.tickets",
    "incidents.sla",
    "incidents.escalation",
    "incidents.portal",
    "incidents.desk",
    "incidents.live",
    "incidents.notify",
    "incidents.webhooks",
    "incidents.mail",
    "incidents.api",
    "incidents.privacy",
    "incidents.demo",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "template_partials",
    "django_filters",
    "crispy_forms",
    "crispy_bootstrap5",
    "lucide",
    "django_q",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "allauth.usersessions",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "accounts.middleware.browsers_language",
    "accounts.middleware.database_away",
    "incidents.api.gate.Gate",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.PersonalMiddleware",
    "accounts.middleware.SignInRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "accounts.middleware.StaffSecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.PrivateAnswersMiddleware",
    "accounts.middleware.RefusalMiddleware",
    "incidents.workflow.middleware.rules_asked_once",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.site",
                "incidents.notify.context.bell",
                "incidents.portal.context.announcements",
                "incidents.desk.sidebar.sidebar",
            ],
            "builtins": ["knowledge.templatetags.writing"],
        },
    }
]

# Database ---------------------------------------------------------------------------------------

# An empty DATABASE_URL is the same as none, as in a compose file that passes it through.
DATABASES = {
    "default": env.db_url_config(
        env.str("DATABASE_URL", default="") or f"sqlite:///{DATA / 'firebreak.sqlite3'}"
    )
}
ON_SQLITE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
if ON_SQLITE:
    # IMMEDIATE is what keeps eight writers from "database is locked"; WAL alone makes it worse.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=134217728;"
            "PRAGMA journal_size_limit=27103364; PRAGMA cache_size=-8000"
        ),
    }
    # A file, as in use: the default in-memory database has no row of locks that threads could meet.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA / "test.sqlite3")}
else:
    DATABASES["default"]["ENGINE"] = "config.postgresql"
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = (
        "-c statement_timeout=15000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=30000"
        if not env.bool("LONG_STATEMENTS", default=False)
        else "-c statement_timeout=0"
    )
    # Plans of the queries in accounts.kept stay with the connection; nothing else is prepared. Planning anew for each
    # value takes longer than the best plan saves. Poolers that can't carry plans: 0 turns it off.
    if env.bool("PREPARED_STATEMENTS", default=True):
        DATABASES["default"]["OPTIONS"]["prepare_threshold"] = 5
        DATABASES["default"]["OPTIONS"]["options"] += " -c plan_cache_mode=force_generic_plan"
DATABASES["default"]["CONN_MAX_AGE"] = None
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Limits of sign-in attempts must be shared by all workers, so the cache is the database or Redis.
REDIS_URL = env.str("REDIS_URL", default="")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},  # the default of 300 forgets limits of attempts
    },
}

# People, sign-in, sessions ------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.PeopleBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
     "OPTIONS": {"user_attributes": ("email", "display_name")}},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]  # fmt: skip
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
REQUIRE_STAFF_MFA = env.bool("REQUIRE_STAFF_MFA", default=not DEBUG)

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = "accounts.adapter.display_name"
ACCOUNT_FORMS = {
    "change_password": "accounts.forms.ChangePasswordForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # people are made by administrators; nobody signs up
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # whoever types a stranger's address makes us mail nobody
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_RATE_LIMITS = {
    "rate": "60/m/ip,10/m/key",
    "visitor_vote": "20/m/ip,200/d/ip",
    "sso": "60/m/ip",
    "directory": "20/m/ip,5/5m/key",
}  # beside those of signing in: answers by a mail's link, votes of visitors, and signing in by a provider or a directory
SOCIALACCOUNT_ADAPTER = "accounts.sso.adapter.SocialAdapter"  # providers are rows there
SOCIALACCOUNT_STORE_TOKENS = False
MFA_ADAPTER = "accounts.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Firebreak"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
USERSESSIONS_TRACK_ACTIVITY = False
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)

SESSION_ENGINE = "accounts.sessions"
SESSION_SERIALIZER = "django.contrib.sessions.serializers.JSONSerializer"
SESSION_COOKIE_NAME = "__Host-sid" if HTTPS else "sid"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "accounts.views.errors.csrf_failure"

# Transport and content policy ---------------------------------------------------------------------

SECURE_SSL_REDIRECT = HTTPS and env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
# Text of 200,000 signs of four bytes, each written as %xx, still comes to the form, which says that it is too long.
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 800
DATA_UPLOAD_MAX_NUMBER_FILES = (
    100  # five are taken; up to these, the form says so and keeps the text
)
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o750

# The API: requests a minute of one token, of one network (every address of an IPv6 /64 together), and tokens of one
# network that are none.
API_REQUESTS_PER_TOKEN = env.int("API_REQUESTS_PER_TOKEN", default=600)
API_REQUESTS_PER_NETWORK = env.int("API_REQUESTS_PER_NETWORK", default=1800)
API_BAD_TOKENS_PER_NETWORK = env.int("API_BAD_TOKENS_PER_NETWORK", default=30)

# Files ----------------------------------------------------------------------------------------------

MEDIA_ROOT = DATA / "media"
STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise looks at it when it starts
FRONTEND = Path(env.str("FRONTEND", default=str(BASE_DIR / ".venv" / "frontend" / "node_modules")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "config.frontend.LockedFilesFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "config.frontend.HashedStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG or TESTING
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS  # or every test client looks at all files first
ATTACHMENT_MAX_BYTES = 25 * 1024 * 1024
ATTACHMENTS_PER_MESSAGE = 5

# Language and time ------------------------------------------------------------------------------------

LANGUAGES = [("en", "English"), ("de", "Deutsch")]  # each in its own words
LANGUAGE_CODE = env.str("DEFAULT_LANGUAGE", default="en")  # for those who ask for none of these
if LANGUAGE_CODE not in dict(LANGUAGES):
    raise ImproperlyConfigured(f"DEFAULT_LANGUAGE is one of: {', '.join(dict(LANGUAGES))}.")
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]  # compiled by config/catalogues.py
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = "UTC"
DEFAULT_TIME_ZONE = env.str("TIME_ZONE", default="Europe/Berlin")  # for people who have not chosen
USE_I18N = True
USE_TZ = True

# Mail and the queue --------------------------------------------------------------------------------------

vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = 30
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("MAIL_FROM", default=f"IT help <help@{SITE_HOST}>")

# What else leaves the house: webhooks, chat services, sign-in by somebody else's server (accounts/outbound).
OUTGOING = env.bool("OUTGOING", default=True)  # off in a restored copy, see docs/operating.md
OUTBOUND_ALLOWED = env.list(
    "OUTBOUND_ALLOWED", default=[]
)  # hosts and networks that are not public
PUSH_ALLOWED = env.list("PUSH_ALLOWED", default=[])
# The same for push services, whose addresses everybody's browser names: what is allowed to webhooks is not to them.

Q_CLUSTER = {
    "name": "firebreak",
    "orm": "default",
    "workers": 2,
    "queue_limit": 4,
    "bulk": 1,
    "timeout": 120,
    "retry": 600,
    "max_attempts": 5,
    "ack_failures": True,
    "catch_up": False,
    "poll": 0.2,
    "save_limit": 1000,
    "label": "Queue",
}
SCHEDULES = "config.schedules.SCHEDULES"

# Forms, templates, administration ----------------------------------------------------------------------------

CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
AUDIT_MARKS_FILE = env.str(
    "AUDIT_MARKS_FILE", default=""
)  # none: marks stand in the database alone
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")  # none: no /metrics

SITE_NAME = env.str("SITE_NAME", default="IT Help")
SITE_PHONE = env.str("SITE_PHONE", default="")
SITE_HOURS = env.str("SITE_HOURS", default="")
UNFOLD = {
    "SITE_TITLE": "Firebreak",
    "SITE_HEADER": "Firebreak",
    "SITE_SUBHEADER": _("Administration"),
    "SITE_URL": "/",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "ENVIRONMENT": None,
    "COLORS": {
        "primary": {  # our accent, petrol
            "50": "#eef7f9",
            "100": "#dbeef2",
            "200": "#bfe0e8",
            "300": "#92cad8",
            "400": "#5db4c8",
            "500": "#3a9cb3",
            "600": "#0c6378",
            "700": "#0b5266",
            "800": "#0a4353",
            "900": "#0b3744",
            "950": "#06222b",
        }
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": "accounts.administration.navigation",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "config.logs.OneLineFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "firebreak": {"level": "INFO"},
    },
}
SILENCED_SYSTEM_CHECKS: list[str] = []
