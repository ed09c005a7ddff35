"""The whole product on one machine: database, static files, somebody to sign in as, a key to call with, the server."""

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

# Commands that run beside the server for as long as it does.
BESIDE = [
    ["feed_prices", "--history", "24"],  # a past is only given to markets that have none
    ["send_notifications", "--every", "600"],
]
PR_SET_PDEATHSIG = 1  # of prctl(2)


@dataclass(frozen=True)
class Made:
    """What exists in clear only here and on the screen, once."""

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
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn does
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
    """Make the trader with a read-only key, and the admin. Accounts and paper funds come with a user."""
    trader, trader_password = make_user(TRADER)
    _, admin_password = make_user(ADMIN, is_staff=True, is_superuser=True)
    made = Made(trader_password, admin_password, token=make_key(trader))
    delivery.do_not_send(Notification.objects.filter(user=trader))  # the screen tells of this key: no mail
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
    """Become the server. Everything it answers names the address that it is really at."""
    os.environ.setdefault("PUBLIC_URL", address)
    for command in BESIDE:
        run_beside(command)
    server = [sys.executable, "-m", "gunicorn", "-c", "python:perptools.server.config", "--bind", f"{HOST}:{port}"]
    os.execv(sys.executable, server)


def run_beside(command: list[str]) -> None:
    """Start a command that the kernel ends with this process, which becomes the server, however that ends."""
    kernel = ctypes.CDLL(None)
    subprocess.Popen(
        [sys.executable, "-m", "django", *command],
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C would reach it before it can answer it
        preexec_fn=lambda: kernel.prctl(PR_SET_PDEATHSIG, signal.SIGTERM),
    )
