"""All settings. Only this file reads the environment. SETTINGS.md describes them."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from perptools import log_formatters, mail_url, state_dir, trusted_proxies

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
STATE_DIR = state_dir.directory(Path(env("STATE_DIR", default=str(BASE_DIR / ".perptools"))))

# -- Where it is served ------------------------------------------------------------------------------------------

# The address that people and clients use. If it is https, everything that https needs is turned on.
PUBLIC_URL = env("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
_public = urlsplit(PUBLIC_URL)
HTTPS = _public.scheme == "https"
if _public.scheme not in ("http", "https") or not _public.hostname:
    raise ImproperlyConfigured(f"PUBLIC_URL must be like https://perptools.example, and is {PUBLIC_URL!r}.")

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", default="") or state_dir.secret_key(STATE_DIR / "secret_key")
ALLOWED_HOSTS = [*env.list("ALLOWED_HOSTS", default=[]), _public.hostname or "", "127.0.0.1", "localhost", "[::1]"]

# Networks whose X-Forwarded-For and X-Forwarded-Proto are trusted. Those of other clients are ignored.
TRUSTED_PROXIES = trusted_proxies.proxies(env.list("TRUSTED_PROXIES", default=[]))

# Each thread can have its own database connection.
WEB_WORKERS = env.int("WEB_WORKERS", default=2)
WEB_THREADS = env.int("WEB_THREADS", default=16)
WEB_READING_SECONDS = env.int("WEB_READING_SECONDS", default=10)  # to receive a whole request, even if it trickles in

DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000  # bytes of a request's body; a longer one gets 413 and isn't read

ROOT_URLCONF = "perptools.urls"
WSGI_APPLICATION = "perptools.wsgi.application"
APPEND_SLASH = False
HEALTH_CHECK_PATHS = ("/healthz", "/readyz")  # for health checks on this machine, without a proxy

# -- Applications ------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.forms",  # its widgets' templates, for FORM_RENDERER
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "template_partials",
    "apikeys",
    "perptools",
    "perptools.trading",
    "perptools.users",
]

MIDDLEWARE = [
    "apikeys.middleware.TrustedProxyMiddleware",
    "apikeys.middleware.ApiKeyMiddleware",  # answers /v1/ itself, so API requests skip everything below
    "perptools.health_checks.HealthCheckMiddleware",  # before the host check and the redirect to https
    "perptools.middleware.SanitizeRequestMiddleware",  # before anything reads the headers or looks for a session
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # a hundred keys are 30 kB then; it pads each response at random
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "perptools.users.hashers.TooManyPasswordsMiddleware",
    "perptools.users.sessions.SessionsMiddleware",
    "perptools.middleware.PrivatePagesMiddleware",
    "perptools.middleware.TimeZoneMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "perptools.users.appearance.theme",
            ],
        },
    },
]
FORM_RENDERER = "perptools.forms.FormRenderer"

# -- Data --------------------------------------------------------------------------------------------------------

_sqlite = f"sqlite:///{quote(str(STATE_DIR.absolute() / 'db.sqlite3'))}"
DATABASES = {"default": env.db_url_config(env("DATABASE_URL", default="") or _sqlite)}
_database = DATABASES["default"]
_database |= {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}  # a new connection costs more than a request
if "sqlite" in _database["ENGINE"]:
    _database["ENGINE"] = "perptools.sqlite"
else:
    # A vanished database host delays requests for seconds, and its locks last a minute; by TCP's defaults, hours.
    _patience = {
        "connect_timeout": 5,
        "tcp_user_timeout": 10_000,  # ms
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "options": "-c lock_timeout=15s -c idle_in_transaction_session_timeout=60s",
    }
    _required = {"prepare_threshold": 1, "server_side_binding": True}
    _database["OPTIONS"] = _patience | _database.get("OPTIONS", {}) | _required
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# With Redis, rate limits count for all processes. Without it, each process counts by itself.
CACHE_URL = env("CACHE_URL", default="")
_cache = {"BACKEND": f"perptools.cache.{'Cache' if CACHE_URL else 'Counts'}"}
CACHES = {
    "default": _cache | {"LOCATION": CACHE_URL or "default"},
    "calls": _cache | {"LOCATION": CACHE_URL or "calls", "KEY_PREFIX": "calls"},
}

# -- People ------------------------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_HASHERS = ["perptools.users.hashers.PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "apikeys:key_list"
ACCOUNT_LOGOUT_REDIRECT_URL = "apikeys:key_list"
ACCOUNT_ADAPTER = "perptools.users.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "perptools.users.email_ownership.SignUpForm",
    "reset_password": "perptools.users.password_reset.AskForLinkForm",
    "user_token": "perptools.users.password_reset.LinkForm",
    "reset_password_from_key": "perptools.users.password_reset.NewPasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_SESSION_REMEMBER = None
# An e-mail address can reset the password: whoever finds an open session must not add their own.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = int(timedelta(minutes=15).total_seconds())
# By IP address and by account (known browsers apart). A wrong second factor counts as a failed sign-in.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "reauthenticate": "10/m/user",
    "reset_password": "10/m/ip,3/m/key",
    "signup": "10/m/ip",
}
ACCOUNT_EMAIL_NOTIFICATIONS = True  # about a changed password, e-mail address or second factor
MFA_ADAPTER = "perptools.users.mfa.TwoFactorAdapter"
MFA_TOTP_ISSUER = "PERPTools"
vars().update(mail_url.configuration(env("EMAIL_URL", default="consolemail://")))
EMAIL_TIMEOUT = 5  # seconds
MAIL_IN_BACKGROUND = env.bool("MAIL_IN_BACKGROUND", default=True)  # no request waits for the mail server
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="PERPTools <no-reply@localhost>")

# -- API keys ----------------------------------------------------------------------------------------------------

BROKER_ID = env("BROKER_ID", default="dextools")  # a part of the Account ID that is derived from a wallet
API_KEYS_PER_ACCOUNT = env.int("API_KEYS_PER_ACCOUNT", default=100)
API_CALLS_PER_SECOND = env.int("API_CALLS_PER_SECOND", default=50)  # per key; 0 turns the limit off
API_FAILURES_PER_MINUTE = env.int("API_FAILURES_PER_MINUTE", default=20)  # failed requests per IP address; 0: off
USAGE_FLUSH_SECONDS = env.int("USAGE_FLUSH_SECONDS", default=2)
PAPER_FUNDS = env.int("PAPER_FUNDS", default=10_000)  # USDC that a new account starts with

# -- The browser -------------------------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")  # TrustedProxyMiddleware drops untrusted ones
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if HTTPS else 0
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # HSTS for subdomains isn't our decision
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
KNOWN_BROWSER_COOKIE_NAME = "__Host-known" if HTTPS else "known"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}

# -- Static files ------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = STATE_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# -- Time and language -------------------------------------------------------------------------------------------

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False
FORMAT_MODULE_PATH = "perptools.formats"

# -- Logs: ids, never tokens; no query strings --------------------------------------------------------------------

LOG_FORMAT = env("LOG_FORMAT", default="text")
if LOG_FORMAT not in log_formatters.FORMATTERS:
    raise ImproperlyConfigured(
        f"LOG_FORMAT must be one of {', '.join(log_formatters.FORMATTERS)}, and is {LOG_FORMAT!r}."
    )
LOGGING = log_formatters.configuration(LOG_FORMAT)
