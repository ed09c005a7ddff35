"""From a clone and a Python to an environment in which Django runs. Standard library only.

`manage.py demo` and `manage.py test` install what they need, either into the active virtual environment or into
`.venv`, in which they restart. All other commands use whichever of the two exists.
"""

import fcntl
import hashlib
import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
EXTRAS = {"demo": "", "test": "test"}  # command: the extra of pyproject.toml that it needs
# By extra: the lock file with the hashes of everything that it installs.
LOCKS = {"": "requirements.lock", "test": "tests/requirements.lock"}

# What pip prints, and what it means.
CAUSES = [
    (("No module named pip",), "this environment has no pip. Add it with `python3 -m ensurepip`"),
    (("No space left on device",), "the disk is full"),
    (
        ("DO NOT MATCH THE HASHES",),
        "a package is not the file that was tested: its hash differs. Do not go on before you know why",
    ),
    (
        ("name resolution", "NewConnectionError", "ConnectTimeout", "ReadTimeout", "ProxyError"),
        "the package index could not be reached. Check the network and try again",
    ),
    (
        ("gcc", "compiler", "cargo", "Python.h"),
        "a package has no ready-made build for this machine and no compiler was found. "
        "Install one (Debian, Ubuntu: apt install build-essential python3-dev) and try again",
    ),
    (("Permission denied", "Read-only file system"), "a folder cannot be written to"),
]


def run(argv: list[str]) -> None:
    """Run a management command in an environment with everything it needs."""
    command = argv[1] if len(argv) > 1 else "help"
    prefix = Path(sys.prefix) if in_virtual_environment() else PROJECT / ".venv"
    if command in EXTRAS or not interpreter(prefix).exists():
        try:
            provide(prefix, EXTRAS.get(command, ""))
        except KeyboardInterrupt:
            sys.exit("\nStopped. The next start takes the installation up again.")
    if not in_virtual_environment():
        os.execv(interpreter(prefix), [str(interpreter(prefix)), *argv])
    execute(argv)


def in_virtual_environment() -> bool:
    return sys.prefix != sys.base_prefix


def interpreter(prefix: Path) -> Path:
    return prefix / "bin" / "python"


def execute(argv: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "perptools.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed in this virtual environment. `python3 manage.py demo` installs it.")
    execute_from_command_line(argv)


# -- Installing --------------------------------------------------------------------------------------------------


def provide(prefix: Path, extra: str) -> None:
    """Install the project with an extra, unless the stamp says that exactly this is installed."""
    if extra in installed_in(prefix):
        return
    with one_at_a_time():
        installed = installed_in(prefix)
        if extra not in installed:
            provide_extras(prefix, {"", extra} | installed)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Wait for another command that is installing into the same environment."""
    with (PROJECT / "pyproject.toml").open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another command is installing what PERPTools needs: waiting for it ...")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def provide_extras(prefix: Path, extras: set[str]) -> None:
    require_writable(prefix if prefix.exists() else prefix.parent)
    say(f"Installing what PERPTools needs into {prefix} (only once; it takes a minute or two) ...")
    if not in_virtual_environment():
        make_environment(prefix)
    install(prefix, extras)
    stamp_of(prefix).write_text("\n".join([fingerprint(), *extras]))
    importlib.invalidate_caches()


def installed_in(prefix: Path) -> set[str]:
    """Return the extras that were installed from the current dependency lists; "" is the project without extras."""
    stamp = stamp_of(prefix)
    if not interpreter(prefix).exists() or not stamp.exists():
        return set()
    installed_from, *extras = stamp.read_text().split("\n")
    return set(extras) if installed_from == fingerprint() else set()


def stamp_of(prefix: Path) -> Path:
    return prefix / "perptools.stamp"


def fingerprint() -> str:
    """Hash the dependency lists and the project's path."""
    lists = [(PROJECT / name).read_bytes() for name in ("pyproject.toml", *LOCKS.values())]
    return hashlib.sha256(b"\0".join([*lists, bytes(PROJECT)])).hexdigest()


def require_writable(folder: Path) -> None:
    if not os.access(folder, os.W_OK):
        sys.exit(
            f"Cannot write in {folder}. Copy the project to a folder of yours, or start it in an environment there."
        )


def make_environment(prefix: Path) -> None:
    made = call(sys.executable, "-m", "venv", str(prefix))
    if made.returncode:
        sys.exit(
            f"Python could not make a virtual environment in {prefix}. "
            "On Debian and Ubuntu, first run: apt install python3-venv"
        )


def install(prefix: Path, extras: set[str]) -> None:
    """Install exactly the files whose hashes are in the lock, then the project itself, which has no hash."""
    lock = str(PROJECT / LOCKS["test" if "test" in extras else ""])
    pip = [str(interpreter(prefix)), "-m", "pip", "install"]
    for wanted in (["--require-hashes", "-r", lock], ["--no-deps", "--no-build-isolation", "-e", "."]):
        done = call(*pip, *wanted)
        if done.returncode:
            log = prefix / "perptools-install.log"
            log.write_text(done.stdout)
            sys.exit(f"The installation failed: {cause(done.stdout)}. All that pip said is in {log}")


def cause(output: str) -> str:
    meanings = (meaning for signs, meaning in CAUSES if any(sign in output for sign in signs))
    return next(meanings, "pip refused")


def call(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, cwd=PROJECT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def say(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")
