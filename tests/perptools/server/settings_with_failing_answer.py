"""Settings with a page that fails in the middle of its response."""

from perptools.settings import *  # noqa: F403

ROOT_URLCONF = "tests.perptools.server.urls_with_failing_answer"
