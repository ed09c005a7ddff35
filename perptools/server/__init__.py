"""gunicorn: configuration, worker, access log, worker pool.

`python:perptools.server` was the configuration's old name. It works for one more version.
"""

from gunicorn.arbiter import Arbiter

from perptools.server.config import *  # noqa: F403

globals().pop("config")  # the module; gunicorn has a setting with this name


def on_starting(arbiter: Arbiter) -> None:
    arbiter.log.warning("gunicorn -c python:perptools.server ends with the next version: add .config to the name.")
