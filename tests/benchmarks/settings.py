"""The product's settings without rate limits, and the installed peers."""

from importlib.util import find_spec

from perptools.settings import *  # noqa: F403
from perptools.settings import DATABASES, INSTALLED_APPS

_peers = [
    app
    for app in ("rest_framework", "rest_framework_api_key", "knox", "rest_framework.authtoken")
    if find_spec(app.partition(".")[0])
]
INSTALLED_APPS = [*INSTALLED_APPS, *_peers]
ROOT_URLCONF = "tests.benchmarks.urls"

API_CALLS_PER_SECOND = API_FAILURES_PER_MINUTE = 0
# The peers don't check for lost connections. The product always does.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
LOGGING_CONFIG = None
# Programs of this suite print only their figures.
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
