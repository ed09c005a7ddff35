"""The product's settings without budgets, and beside the product the peers that are installed."""

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
# The peers know nothing of lost connections; the product checks for them whatever is set here.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
LOGGING_CONFIG = None
# What a program of the suite prints is its figures.
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
