"""All contenders behind one gunicorn: the bare view and the peers on their paths, and the product."""

from collections.abc import Iterable
from typing import Any

from perptools.wsgi import application as product
from tests.benchmarks.peers_under_test import USUAL_STACK, Environ, stack

_bare, _peers = stack([]), stack(USUAL_STACK)


def application(environ: Environ, start_response: Any) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    answers = _bare if path == "/bare" else _peers if path.startswith("/peers/") else product
    return answers(environ, start_response)
