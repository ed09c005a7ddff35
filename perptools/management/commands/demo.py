"""Run the whole product on one machine: database, static files, a trader and an admin, an API key, the server."""

import ctypes
import os
import secrets
import signal
import socket
import subprocess
import sys
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from apikeys.audit.log import Actor
from apikeys.keys import creation
from apikeys.keys.validation import KeySettings
from apikeys.models import AddressRule, Kind, Notification, Purpose
from apikeys.notifications import delivery
from apikeys.permissions import Permission

HOST = "127.0.0.1"
TRADER = "demo"
ADMIN = "admin"
DOMAIN = "perptools.example"
KEY_LIFE = timedelta(days=90)

# Commands that run as long as the server.
BESIDE = [
    ["feed_prices", "--history", "24"],  # only markets without a history get one
    ["send_notifications", "--every", "600"],
]
PR_SET_PDEATHSIG = 1  # of prctl(2)


@dataclass(frozen=True)
class Made:
    """Secrets that exist in clear only here and on the screen, once."""

    trader_password: str
    admin_password: str
    token: str


class Command(BaseCommand):
    help = f"Set up and serve the product on {HOST} with a demo trader and an admin. Changes nothing that exists."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=port_number, default=8000, help="the port to serve on (default: 8000)")

    def handle(self, *, port: int, **options: Any) -> None:
        require_free(port)
        self.stdout.write("Preparing the database and the static files ...")
        self.stdout.flush()
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        address = f"http://{HOST}:{port}"
        self.stdout.write(f"\nPERPTools: {address}\n\n")
        self.stdout.write(introduce(seed(), address) if is_new() else remind(address))
        self.stdout.write("\nCtrl-C stops it.\n\n")
        self.stdout.flush()
        serve(port, address)


def port_number(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 65535:
        raise ArgumentTypeError("a port is a number from 1 to 65535")
    return number


def require_free(port: int) -> None:
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # like gunicorn
            probe.bind((HOST, port))
    except OSError as error:
        raise CommandError(
            f"Port {port} of {HOST} cannot be used ({error.strerror}). "
            f"Choose another one: python3 manage.py demo --port {port + 1}"
        ) from None


# -- The people ----------------------------------------------------------------------------------------------------


def is_new() -> bool:
    return not User.objects.filter(username__in=[TRADER, ADMIN]).exists()


@transaction.atomic
def seed() -> Made:
    """Create the trader with a read-only key, and the admin. New users get an account and paper funds."""
    trader, trader_password = make_user(TRADER)
    _, admin_password = make_user(ADMIN, is_staff=True, is_superuser=True)
    made = Made(trader_password, admin_password, token=make_key(trader))
    delivery.do_not_send(Notification.objects.filter(user=trader))  # the screen shows this key, so no mail is needed
    return made


def make_user(name: str, **rights: bool) -> tuple[User, str]:
    password = secrets.token_urlsafe(12)
    user = User.objects.create_user(name, f"{name}@{DOMAIN}", password, **rights)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user, password


def make_key(trader: User) -> str:
    wanted = KeySettings(
        name="Demo call",
        purpose=Purpose.MONITORING,
        permissions=frozenset({Permission.READ}),
        address_rule=AddressRule.LIST,
        networks=HOST,
        expires_at=timezone.now() + KEY_LIFE,
    )
    _, token = creation.create(trader.account, wanted, kind=Kind.BEARER, by=Actor(trader, recently_signed_in=True))
    return token


# -- What is printed -----------------------------------------------------------------------------------------------


def introduce(made: Made, address: str) -> str:
    return f"""\
Trader   {TRADER}@{DOMAIN}    password {made.trader_password}   {address}/
Admin    {ADMIN}@{DOMAIN}   password {made.admin_password}   {address}/admin/

The demo trader has a read-only key. A call with it, from this machine:

    curl -H 'Authorization: Bearer {made.token}' {address}/v1/client/holding

The passwords and the key are shown only now: only their hashes are stored.
"""


def remind(address: str) -> str:
    return f"""\
Trader   {TRADER}@{DOMAIN}    {address}/
Admin    {ADMIN}@{DOMAIN}   {address}/admin/

Passwords are not stored. A new one: python3 manage.py changepassword {TRADER}   (or {ADMIN})
"Forgot password?" on the sign-in page prints its mail here.
"""


# -- The server ----------------------------------------------------------------------------------------------------


def serve(port: int, address: str) -> None:
    """Replace this process by the server. All its links have the address that it really listens at."""
    os.environ.setdefault("PUBLIC_URL", address)
    for command in BESIDE:
        run_beside(command)
    server = [sys.executable, "-m", "gunicorn", "-c", "python:perptools.server.config", "--bind", f"{HOST}:{port}"]
    os.execv(sys.executable, server)


def run_beside(command: list[str]) -> None:
    """Start a command that the kernel ends together with this process, which becomes the server."""
    kernel = ctypes.CDLL(None)
    subprocess.Popen(
        [sys.executable, "-m", "django", *command],
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # otherwise Ctrl-C would reach it before it can handle it
        preexec_fn=lambda: kernel.prctl(PR_SET_PDEATHSIG, signal.SIGTERM),
    )
