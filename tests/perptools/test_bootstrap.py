"""`python3 manage.py …` on a machine without any packages, and on one with all of them. Nothing is downloaded."""

import socket
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from django.conf import settings

from perptools import bootstrap
from tests.support.project_copy import clone, without_privileges

SYSTEM_PYTHON = str(sys._base_executable)  # type: ignore[attr-defined]  # the one that made this environment


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return clone(tmp_path / "perptools")


@pytest.fixture
def installed(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose environment has everything: that of the tests."""
    venv = project / ".venv"
    subprocess.run([SYSTEM_PYTHON, "-m", "venv", "--without-pip", str(venv)], check=True)
    packages = next((venv / "lib").glob("python*")) / "site-packages"
    (packages / "tests.pth").write_text(sysconfig.get_path("purelib"))
    monkeypatch.setattr(bootstrap, "PROJECT", project)
    (venv / "perptools.stamp").write_text("\n".join([bootstrap.fingerprint(), "", "test"]))
    return project


def start(project: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(project.parent)}
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)


def test_installed_packages_are_used_at_once(installed: Path) -> None:
    done = start(installed, SYSTEM_PYTHON, "manage.py", "check")
    assert (done.returncode, done.stderr) == (0, "")


def test_demo_starts_in_the_environment(installed: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        done = start(installed, SYSTEM_PYTHON, "manage.py", "demo", "--port", port)
    assert f"Port {port} " in done.stderr  # from Django's command, so Django runs


def test_test_arguments_go_to_pytest(installed: Path) -> None:
    done = start(installed, SYSTEM_PYTHON, "manage.py", "test", "--version")
    assert done.stdout.startswith("pytest ")


def test_too_old_python_is_reported(project: Path) -> None:
    older = "import runpy, sys; sys.version_info = (3, 10, 4); runpy.run_path('manage.py', run_name='__main__')"
    done = start(project, SYSTEM_PYTHON, "-c", older)
    assert (done.returncode, done.stderr) == (1, "PERPTools needs Python 3.11 or newer; this is Python 3.10.\n")


def test_unwritable_folder_is_named(project: Path) -> None:
    project.chmod(0o555)
    done = start(project, *without_privileges(SYSTEM_PYTHON, "manage.py", "demo"))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"Cannot write in {project}" in done.stderr


# -- Installing ----------------------------------------------------------------------------------------------------


class Machine:
    """A machine that installs nothing, but records the commands."""

    def __init__(self) -> None:
        self.commands: list[str] = []
        self.answers: dict[str, str] = {}  # the failing commands, and their output

    def call(self, *command: str) -> "subprocess.CompletedProcess[str]":
        self.commands.append(" ".join(command[1:]))
        Path(bootstrap.PROJECT, ".venv", "bin").mkdir(parents=True, exist_ok=True)
        Path(bootstrap.PROJECT, ".venv", "bin", "python").touch()
        output = next((text for part, text in self.answers.items() if part in command), "")
        return subprocess.CompletedProcess(command, 1 if output else 0, output)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    (tmp_path / "tests").mkdir()
    for name in ("pyproject.toml", *bootstrap.LOCKS.values()):
        (tmp_path / name).write_bytes((settings.BASE_DIR / name).read_bytes())
    monkeypatch.setattr(bootstrap, "PROJECT", tmp_path)
    monkeypatch.setattr(bootstrap, "in_virtual_environment", lambda: False)
    monkeypatch.setattr(bootstrap, "call", machine.call)
    return machine


def provide(extra: str) -> None:
    bootstrap.provide(bootstrap.PROJECT / ".venv", extra)


def test_first_start_installs_the_locked_versions(machine: Machine) -> None:
    provide("")
    lock = bootstrap.PROJECT / "requirements.lock"
    assert machine.commands == [
        f"-m venv {bootstrap.PROJECT / '.venv'}",
        f"-m pip install --require-hashes -r {lock}",
        "-m pip install --no-deps --no-build-isolation -e .",
    ]


def test_second_start_installs_nothing(machine: Machine) -> None:
    provide("")
    machine.commands.clear()
    provide("")
    assert machine.commands == []


def test_only_one_of_two_simultaneous_starts_installs(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = Event()
    monkeypatch.setattr(bootstrap, "say", lambda said: waits.set() if "waiting" in said else None)
    with ThreadPoolExecutor() as threads:

        def call_while_another_starts(*command: str) -> "subprocess.CompletedProcess[str]":
            if not machine.commands:
                threads.submit(provide, "")
                assert waits.wait(10)
            return machine.call(*command)

        monkeypatch.setattr(bootstrap, "call", call_while_another_starts)
        provide("")
    assert len(machine.commands) == 3


def test_test_command_adds_only_its_extra_packages(machine: Machine) -> None:
    provide("")
    provide("test")
    assert machine.commands[-2].endswith(f"--require-hashes -r {bootstrap.PROJECT / 'tests/requirements.lock'}")


def test_demo_installs_nothing_after_the_tests_ran(machine: Machine) -> None:
    provide("test")
    machine.commands.clear()
    provide("")
    assert machine.commands == []


@pytest.mark.parametrize("name", ["pyproject.toml", *bootstrap.LOCKS.values()])
def test_changed_dependencies_are_installed(name: str, machine: Machine) -> None:
    provide("test")
    machine.commands.clear()
    with (bootstrap.PROJECT / name).open("a") as file:
        file.write("# something else\n")
    provide("")
    assert machine.commands[-1].endswith("-e .")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("WARNING: Retrying ... NewConnectionError('<HTTPSConnection>: Failed to ...", "the package index could not"),
        ("[Errno -3] Temporary failure in name resolution", "the package index could not"),
        ("error: command 'gcc' failed: No such file or directory", "no compiler was found"),
        ("/bin/python: No module named pip", "this environment has no pip"),
        ("ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied", "cannot be written to"),
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "its hash differs"),
        ("something nobody has seen before", "pip refused"),
    ],
)
def test_error_of_pip_is_explained(said: str, told: str, machine: Machine) -> None:
    machine.answers["pip"] = said
    with pytest.raises(SystemExit, match=rf"The installation failed: .*{told}.*\S$"):
        provide("")


def test_failed_installation_is_repeated(machine: Machine) -> None:
    machine.answers["pip"] = "something"
    with pytest.raises(SystemExit):
        provide("")
    machine.answers.clear()
    provide("")
    assert machine.commands[-1].endswith("-e .")


def test_missing_venv_module_names_its_package(machine: Machine) -> None:
    machine.answers["venv"] = "ensurepip is not available"
    with pytest.raises(SystemExit, match="apt install python3-venv"):
        provide("")
