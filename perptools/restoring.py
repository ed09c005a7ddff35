"""Restore a backup of a SQLite database. Access that was removed after the backup doesn't come back.

Everything is done in a copy of the backup: its keys are paused or deleted, and its sessions end. Only then does the
copy replace the database, by one rename. Whenever the command is killed, there is either the old database or the
finished new one.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection, transaction

from apikeys.audit.log import Actor
from apikeys.keys import deletion, pausing
from apikeys.models import Account, ApiKey
from apikeys.notifications import background
from perptools import backups, removed_access
from perptools.backups import BackupError
from perptools.removed_access import State, Unreadable

PAUSED_BECAUSE = "Restored from a backup, which cannot know what was deleted or changed after it."
DELETED_BECAUSE = "It was deleted after the backup that was restored."
BESIDE = ("-wal", "-shm", "-journal")  # files in which SQLite stores what isn't in the database file yet


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The access removed from a restored database: how many keys were paused and deleted, and sessions ended.

    `deleted` is None if it isn't known which keys were deleted after the backup.
    """

    paused: int
    deleted: int | None
    sessions: int


def restore(backup: Path, *, keep_keys_running: bool, write: Callable[[str], None]) -> None:
    """Restore a backup. Reports what it did and which accounts to check. Raises BackupError."""
    backups.require_whole(backup)
    backups.require_known_schema(backup)
    database = backups.database_file()
    copy = database.with_suffix(".restoring")
    connection.close()
    with nobody_at(database) as session:
        # Of an attempt that was killed: SQLite would read them into the copy.
        for left_over in copy.parent.glob(f"{copy.name}*"):
            left_over.unlink()
        before = _read(session)
        _copy(backup, copy)
        with _connected_to(copy):
            call_command("migrate", verbosity=0)
            withdrawn = withdraw_access(before, keep_keys_running=keep_keys_running)
            to_check = administrators()
        report(withdrawn, accounts_to_check(before, copy) if before else to_check, write)
        kept = _keep(database)
        os.replace(copy, database)
        backups.to_disk(database.parent)
    write(f"{backup} is restored." + (f" The old database is kept: {kept}" if kept else ""))


@contextmanager
def nobody_at(database: Path) -> Iterator[sqlite3.Connection | None]:
    """Lock a database that nobody else has open. Raises BackupError if someone has.

    Everyone who has a database in WAL mode open holds a lock on it, and only its last user can leave that mode. Yields
    None if there is no database, or if it is too damaged to be opened.
    """
    if not database.exists():
        if beside := [database.name + end for end in BESIDE if Path(f"{database}{end}").exists()]:
            raise BackupError(f"There is no {database}, but {beside[0]}, which belongs to it. Move it away, too.")
        yield None
        return
    with closing(backups.open_database(database, "rw", timeout=0)) as session:
        try:
            session.execute("PRAGMA journal_mode = DELETE")
            session.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise BackupError(f"{database} cannot be locked ({error}).") from None
            raise BackupError(f"{database} is in use. Stop the server, and everything else that has it open.") from None
        except sqlite3.DatabaseError:
            yield None
            return
        yield session


def _read(session: sqlite3.Connection | None) -> State | None:
    try:
        return removed_access.read(session) if session else None
    except Unreadable:
        return None


def _keep(database: Path) -> Path | None:
    """Keep the old database under another name. Returns its path, None if there is no database. Raises BackupError.

    The files beside a damaged database go with it, because SQLite would read them into the new one.
    """
    if not database.exists():
        return None
    for number in count(1):
        kept = database.with_suffix(".replaced" if number == 1 else f".replaced-{number}")
        try:
            os.link(database, kept)
        except FileExistsError:
            continue
        except OSError as error:
            raise BackupError(
                f"Cannot keep {database} as {kept} ({error.strerror}). Move it away, and try again."
            ) from None
        for end in BESIDE:
            if Path(f"{database}{end}").exists():
                os.replace(f"{database}{end}", f"{kept}{end}")
        return kept
    return None


# -- In the copy -----------------------------------------------------------------------------------------------------


def _copy(backup: Path, copy: Path) -> None:
    with (
        backups.new_private_file(copy),
        closing(backups.open_database(backup, "ro")) as source,
        closing(backups.open_database(copy, "rw")) as target,
    ):
        source.backup(target)


@contextmanager
def _connected_to(database: Path) -> Iterator[None]:
    """Make Django use another SQLite file in this block, and leave nothing beside that file."""
    usual = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = str(database)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual
    with closing(backups.open_database(database, "rw")) as session:
        session.execute("PRAGMA journal_mode = DELETE")
    Path(f"{database}-turn").unlink(missing_ok=True)  # the lock file of `perptools.sqlite`
    backups.to_disk(database)


def withdraw_access(before: State | None, *, keep_keys_running: bool = False) -> Withdrawn:
    """Pause every key in the connected database, and end every session, in one transaction. Sends no mail.

    `before` is the state of the replaced database, if it is known: keys that are deleted there are deleted and, with
    `keep_keys_running`, only those are paused that had less access there. If it isn't known, no keys are deleted.
    """
    with background.nothing_soon(), transaction.atomic():
        deleted = [key for key in ApiKey.objects.live() if before and key.public_id in before.deleted]
        for key in deleted:
            deletion.revoke(key, by=Actor(), reason=DELETED_BECAUSE)
        accounts = Account.objects.filter(pk__in=ApiKey.objects.live().values("account"))
        paused = [key for account in accounts for key in _paused(account, before, keep_keys_running)]
        UserSession.objects.all().delete()
        ended, _ = Session.objects.all().delete()
    return Withdrawn(len(paused), len(deleted) if before else None, ended)


def _paused(account: Account, before: State | None, keep_keys_running: bool) -> list[ApiKey]:
    only = None
    if keep_keys_running:
        only = [key.pk for key in account.keys.live() if before and not before.had(key)]
    return pausing.pause_all(account, by=Actor(), reason=PAUSED_BECAUSE, only=only)


def withdraw_loaded(write: Callable[[str], None]) -> None:
    """Remove access from the connected database, after other tools have restored it."""
    withdrawn = withdraw_access(None)
    report(withdrawn, administrators(), write)


# -- What is reported ------------------------------------------------------------------------------------------------


def report(withdrawn: Withdrawn, to_check: list[str], write: Callable[[str], None]) -> None:
    write(f"Keys paused: {withdrawn.paused}. Sessions ended: {withdrawn.sessions}.")
    if withdrawn.deleted is None:
        write("It is unknown which keys were deleted after the backup. Their owners can resume them: tell them.")
    else:
        write(f"Keys deleted again that were deleted after the backup: {withdrawn.deleted}.")
    for line in to_check:
        write(line)


def accounts_to_check(before: State, copy: Path) -> list[str]:
    """List the accounts that get back something that was removed after the backup."""
    with closing(backups.open_database(copy, "ro")) as session:
        found = removed_access.accounts_to_check(before, removed_access.read(session))
    if not found:
        return ["No account has anything again that was taken from it after the backup."]
    return ["Check these accounts. They are as they were in the backup. Since then:", *found]


def administrators() -> list[str]:
    """List the administrators, whom to check first if it isn't known what was removed after the backup."""
    found = User.objects.filter(is_active=True, is_staff=True).order_by("pk")
    return [
        "It is unknown what was removed from accounts after the backup: passwords, rights, second factors.",
        "Check every account. The administrators are:",
        *(f"  {user.username} <{user.email}>" for user in found),
    ]
