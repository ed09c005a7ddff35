"""EMAIL_URL, and what a mail server receives unencrypted."""

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from perptools import mail_url

PASSWORD = "hush-hush"


@pytest.mark.parametrize(
    ("url", "tls", "ssl", "port"),
    [
        ("smtp+tls://user:hush@mail.example:2525", True, False, 2525),
        ("smtp+tls://user:hush@mail.example", True, False, 587),
        ("smtp://user:hush@mail.example:587?tls=true", True, False, 587),
        ("smtp://user:hush@mail.example:587?tls=YES", True, False, 587),
        ("smtp://user:hush@mail.example:465?ssl=true", False, True, 465),
        ("smtps://user:hush@mail.example:465", False, True, 465),
        ("smtps://user:hush@mail.example", False, True, 465),
        ("smtp+ssl://user:hush@mail.example", False, True, 465),
        ("smtps://user:hush@mail.example?ssl=1", False, True, 465),
        ("smtp://mail.example:25?tls=no", False, False, 25),
        ("smtp://localhost", False, False, 25),
        ("smtp://127.0.0.1:1025", False, False, 1025),
        ("smtp://[::1]:1025", False, False, 1025),
    ],
)
def test_url_sets_the_encryption(url: str, tls: bool, ssl: bool, port: int) -> None:
    found = mail_url.configuration(url)
    assert (found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"], found["EMAIL_PORT"]) == (tls, ssl, port)


@pytest.mark.parametrize(
    "url",
    [
        "smtp://user:hush@mail.example:587",
        "smtp://mail.example",
        "smtp://user:hush@mail.example:587?tls",
        "smtp://user:hush@mail.example:587?tls=maybe",
        "smtp://user:hush@mail.example:587?starttls=true",
        "smtp://user:hush@mail.example:587?use_tls=true",
        "smtp://user:hush@mail.example:587?tls=true&ssl=true",
        "smtp+tls://user:hush@mail.example:587?ssl=true",
        "smtp+tls://user:hush@mail.example:587?tls=no",
        "smtps://user:hush@mail.example:465?tls=true",
        "smtp://user:hush@localhost.example:25",
    ],
)
def test_unencrypted_or_contradicting_url_is_rejected_without_the_password(url: str) -> None:
    with pytest.raises(ImproperlyConfigured) as rejection:
        mail_url.configuration(url)
    assert "smtp+tls://" in str(rejection.value)
    assert "hush" not in str(rejection.value)


def test_password_can_contain_any_character() -> None:
    found = mail_url.configuration("smtps://user%40host:a%3Ab%2Fc%3F@mail.example")
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("user@host", "a:b/c?")


@pytest.mark.parametrize(("url", "backend"), [("consolemail://", "console"), ("dummymail://", "dummy")])
def test_local_server_needs_no_tls(url: str, backend: str) -> None:
    assert backend in mail_url.configuration(url)["EMAIL_BACKEND"]


# -- On the wire ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not shutil.which("openssl"):
        pytest.skip("There is no openssl to make a certificate with.")
    file = tmp_path_factory.mktemp("tls") / "pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2"]
    names = ["-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*command, *names, "-keyout", str(file), "-out", f"{file}.crt"], check=True, capture_output=True)
    file.write_text(file.read_text() + Path(f"{file}.crt").read_text())
    return file


class MailServer:
    """A minimal SMTP server. `heard` is what arrived unencrypted, `taken` are the mails."""

    def __init__(self, certificate: Path, *, tls_from_the_start: bool) -> None:
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.load_cert_chain(certificate)
        self.tls_from_the_start = tls_from_the_start
        self.heard, self.taken, self.port = b"", b"", 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        secret, in_data = self.tls_from_the_start, False
        while line := await reader.readline():
            self.taken += line
            self.heard += b"" if secret else line
            verb = line.strip().upper()
            if in_data:
                in_data = verb != b"."
                answer = b"" if in_data else b"250 taken\r\n"
            elif verb.startswith(b"EHLO"):
                answer = b"250-here\r\n" + (b"" if secret else b"250-STARTTLS\r\n") + b"250 AUTH PLAIN\r\n"
            elif verb == b"STARTTLS":
                writer.write(b"220 go on\r\n")
                await writer.start_tls(self.context)
                secret, answer = True, b""
            elif verb.startswith(b"AUTH"):
                answer = b"235 welcome\r\n"
            elif verb == b"DATA":
                in_data, answer = True, b"354 go on\r\n"
            else:
                answer = b"221 bye\r\n" if verb == b"QUIT" else b"250 well\r\n"
            writer.write(answer)
        writer.close()


@contextmanager
def mail_server(certificate: Path, *, tls_from_the_start: bool = False) -> Iterator[MailServer]:
    server, loop = MailServer(certificate, tls_from_the_start=tls_from_the_start), asyncio.new_event_loop()
    context = server.context if tls_from_the_start else None
    listening = loop.run_until_complete(asyncio.start_server(server.serve, "localhost", 0, ssl=context))
    server.port = listening.sockets[0].getsockname()[1]
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        listening.close()
        loop.close()


def send(url: str, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", f"{certificate}.crt")
    found = mail_url.configuration(url)
    backend = EmailBackend(
        host=found["EMAIL_HOST"],
        port=found["EMAIL_PORT"],
        username=found["EMAIL_HOST_USER"],
        password=found["EMAIL_HOST_PASSWORD"],
        use_tls=found["EMAIL_USE_TLS"],
        use_ssl=found["EMAIL_USE_SSL"],
        timeout=30,
    )
    backend.send_messages([EmailMessage("A link", "reset-link", "a@example.com", ["b@example.com"])])


@pytest.mark.parametrize(
    ("url", "tls_from_the_start"),
    [
        ("smtp+tls://user:hush-hush@localhost:{}", False),
        ("smtp://user:hush-hush@localhost:{}?tls=true", False),
        ("smtps://user:hush-hush@localhost:{}", True),
        ("smtp://user:hush-hush@localhost:{}?ssl=true", True),
    ],
)
def test_neither_password_nor_mail_is_sent_unencrypted(
    url: str, tls_from_the_start: bool, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server(certificate, tls_from_the_start=tls_from_the_start) as server:
        send(url.format(server.port), certificate, monkeypatch)
    assert (b"AUTH PLAIN" in server.taken, b"reset-link" in server.taken) == (True, True)
    assert (b"AUTH" in server.heard, b"reset-link" in server.heard) == (False, False)
