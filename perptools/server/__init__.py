"""gunicorn: configuration, worker, access log, worker pool.

The package stands in for its configuration, whose name was `python:perptools.server` before: for one version.
"""

from gunicorn.arbiter import Arbiter

from perptools.server.config import *  # noqa: F403

globals().pop("config")  # the module: gunicorn has a setting of that name


def on_starting(arbiter: Arbiter) -> None:
    arbiter.log.warning("gunicorn -c python:perptools.server ends with the next version: add .config to the name.")
