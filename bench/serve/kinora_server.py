"""Starts the server that is measured, and talks to its admin API."""

import collections
import contextlib
import http.client
import json
import os
import re
import tempfile
import time

from processes import cpu_sec_of, running

TOKEN = "bench-token"
READY_TIMEOUT_SEC = 30
UPLOAD_TIMEOUT_SEC = 120
METRIC = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
LABEL = re.compile(r'(\w+)="([^"]*)"')


class KinoraServer:
    """A running `kinora serve`."""

    def __init__(self, process, log):
        self._process = process
        self._log = log
        self.pid = process.pid
        self.port = None
        self.admin_port = None

    def rss_kib(self):
        """Resident memory, in KiB."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))

    def cpu_sec(self):
        """CPU time used so far, of all threads."""
        return cpu_sec_of(self.pid)

    def metric_by(self, label, name):
        """A metric's values, summed for each value of one label ("" where it has none)."""
        sums = collections.Counter()
        for series, labels, value in METRIC.findall(self.admin().get("/metrics").decode()):
            if series == name:
                sums[dict(LABEL.findall(labels)).get(label, "")] += float(value)
        return sums

    def metric(self, name):
        """A metric's value, summed over its labels."""
        return self.metric_by("", name)[""]

    def kill(self):
        """Ends it at once, as kill -9 does."""
        self._process.kill()
        self._process.wait()

    def admin(self):
        """A new connection to the admin port."""
        return Admin(self.admin_port)

    def find_ports(self):
        """Reads the ports from the log; False while they are not there."""
        with open(self._log, encoding="utf-8") as log:
            for line in log:
                if '"msg":"listening"' not in line:
                    continue
                fields = json.loads(line)
                if fields["listener"] == "public":
                    self.port = fields["port"]
                else:
                    self.admin_port = fields["port"]
        return self.port is not None and self.admin_port is not None

    def wait_until_ready(self):
        """Raises when it is not ready in time, or ends."""
        deadline = time.monotonic() + READY_TIMEOUT_SEC
        while time.monotonic() < deadline and self._process.poll() is None:
            if self.find_ports() and is_ready(self.port):
                return
            time.sleep(0.001)
        raise RuntimeError("kinora does not get ready")


class Admin:
    """One keep-alive connection to the admin API."""

    def __init__(self, port):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=UPLOAD_TIMEOUT_SEC)

    def close(self):
        self._connection.close()

    def put(self, path, body):
        return self._send("PUT", path, body)

    def _send(self, method, path, body):
        """Sends bytes, or a value as JSON; returns the answer's JSON. Raises on anything but a 2xx."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._connection.request(method, "/admin/v1/" + path, data,
                                 {"Authorization": "Bearer " + TOKEN, "Content-Type": "application/json"})
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status // 100 != 2:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]!r}")
        return json.loads(text) if text else None

    def get(self, path):
        self._connection.request("GET", path, headers={"Authorization": "Bearer " + TOKEN})
        return self._connection.getresponse().read()

    def put_tenant(self, tenant, rules):
        self.put(f"tenants/{tenant}", rules)

    def put_videos(self, tenant, ndjson):
        """Uploads; raises when a line is rejected."""
        done = self.put(f"tenants/{tenant}/videos", ndjson)
        if done["rejected_count"]:
            raise RuntimeError(f"videos were rejected: {done['rejected'][:3]}")

    def put_signals(self, tenant, user, signals):
        self.put(f"tenants/{tenant}/users/{user}/signals", signals)

    def import_signals(self, tenant, ndjson):
        """Signals of up to 1,000 users at once; raises when one is rejected."""
        done = self._send("POST", f"tenants/{tenant}/signals", ndjson)
        if done["rejected"]:
            raise RuntimeError(f"signals were rejected: {done['rejected'][:3]}")


def is_ready(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def read_answer(connection):
    """Reads one answer from a socket; its status."""
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    answer.read()
    answer.close()
    return answer.status


def get_feed(port, tenant, user, limit=20):
    """One feed: (status, headers, body)."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", f"/v1/feed?user_hash={user}&limit={limit}", headers={"X-Tenant-ID": tenant})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


@contextlib.contextmanager
def kinora_serve(build, *flags, data=None):
    """A server of that build folder on free ports, ready, that ends with the block. Keeps everything in memory, or in
    the durable store in the folder `data`."""
    with tempfile.TemporaryDirectory(prefix="kinora-bench-") as folder:
        log = os.path.join(folder, "log")
        command = [os.path.join(build, "kinora"), "serve", "--port", "0", "--admin-port", "0",
                   "--store", "rocksdb" if data else "memory", "--data-dir", data or folder,
                   "--admin-token", TOKEN, *flags]
        with open(log, "wb") as out, running(command, stdout=out) as process:
            server = KinoraServer(process, log)
            server.wait_until_ready()
            yield server
