"""nginx in front of two hosts, set up as in perptools/server/README.md."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from tests.faults.postgresql import free_port
from tests.support.servers import Server, wait_for_answer

DOCUMENTED = Path(settings.BASE_DIR, "perptools", "server", "README.md")
TOP = """
daemon off;
worker_processes auto;
{user}
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {zone}
    upstream perptools {{
        {servers}
    }}
    server {{
        listen 127.0.0.1:{port};
        {location}
    }}
}}
"""


def program() -> str | None:
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def documented_location() -> str:
    [block] = re.findall(r"location / \{.*?\n    \}", DOCUMENTED.read_text(), re.DOTALL)
    return str(block)


def documented_zone() -> str:
    [zone] = re.findall(r"limit_conn_zone .*?;", DOCUMENTED.read_text())
    return str(zone)


@contextmanager
def nginx(folder: Path, hosts: list[str]) -> Iterator[Server]:
    """Serve these hosts as one in this block, such as `127.0.0.1:8000` or `unix:/run/gunicorn.sock`."""
    port, config = free_port(), folder / "nginx.conf"
    servers = "\n".join(f"server {host};" for host in hosts)
    user = "user root;" if os.geteuid() == 0 else ""
    location = documented_location()
    zone = documented_zone()
    config.write_text(TOP.format(user=user, folder=folder, servers=servers, port=port, location=location, zone=zone))
    command = [program() or "nginx", "-p", str(folder), "-c", str(config)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        front = Server(f"http://127.0.0.1:{port}", folder / "nginx.log", process)
        try:
            wait_for_answer(front)
            yield front
        finally:
            process.terminate()
