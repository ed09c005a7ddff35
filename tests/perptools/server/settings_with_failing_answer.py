"""Settings of a product one of whose pages fails in the middle of its answer."""

from perptools.settings import *  # noqa: F403

ROOT_URLCONF = "tests.perptools.server.urls_with_failing_answer"
