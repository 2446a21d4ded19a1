"""nginx, answering every request with one static body from memory."""

import contextlib
import os
import socket
import tempfile
import time

from cores import keep_on
from processes import cpu_sec_of, running

START_TIMEOUT_SEC = 5
PIECE_BYTES = 2_000  # nginx takes no longer strings than 4 KiB in its configuration

CONFIG = """
daemon off;
worker_processes auto;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  tcp_nodelay on;
  keepalive_timeout 60s;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/client;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    default_type application/json;
    set $piece '{piece}';
{headers}
    location / {{ return 200 '{body}'; }}
  }}
}}
"""
WRITTEN_BY_NGINX = {"content-length", "content-type", "date", "connection", "server"}


class Nginx:
    """A running nginx."""

    def __init__(self, master_pid, port):
        self.port = port
        with open(f"/proc/{master_pid}/task/{master_pid}/children", encoding="ascii") as children:
            self._workers = [int(pid) for pid in children.read().split()]

    def keep_on(self, cores):
        for pid in self._workers:
            keep_on(pid, cores)

    def cpu_sec(self):
        """CPU time used so far, of all workers."""
        return sum(cpu_sec_of(pid) for pid in self._workers)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port):
    deadline = time.monotonic() + START_TIMEOUT_SEC
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("nginx does not start")


def configuration(folder, port, headers, body_bytes):
    pieces, rest = divmod(body_bytes, PIECE_BYTES)
    lines = [f"    add_header {name} '{value}';" for name, value in headers.items()
             if name.lower() not in WRITTEN_BY_NGINX]
    return CONFIG.format(folder=folder, port=port, headers="\n".join(lines), piece="x" * PIECE_BYTES,
                         body="x" * rest + "$piece" * pieces)


@contextlib.contextmanager
def nginx(headers, body_bytes):
    """Answers 200 with these headers and a body of that size."""
    with tempfile.TemporaryDirectory(prefix="kinora-bench-") as folder:
        port = free_port()
        config = os.path.join(folder, "nginx.conf")
        with open(config, "w", encoding="utf-8") as out:
            out.write(configuration(folder, port, headers, body_bytes))
        with running(["nginx", "-p", folder, "-c", config, "-e", os.path.join(folder, "error.log")]) as master:
            wait_for(port)
            yield Nginx(master.pid, port)
