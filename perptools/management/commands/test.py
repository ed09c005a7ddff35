"""Replace Django's test command: the tests use pytest, which gets all arguments."""

import os
import sys

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Run the tests. Arguments are pytest's: manage.py test -k admission tests/apikeys"

    def run_from_argv(self, argv: list[str]) -> None:
        arguments = argv[2:]
        everything = not any(argument.startswith("tests") for argument in arguments)
        in_parallel = ["-n", "auto", "--dist", "loadgroup"] if everything else []
        os.chdir(settings.BASE_DIR)
        os.execv(sys.executable, [sys.executable, "-m", "pytest", *in_parallel, *arguments])
