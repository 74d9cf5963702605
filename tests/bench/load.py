"""What loads a server for one turn of the bench. A load has `needs`, programs; `step`, by which its 99th
percentile goes, in µs; warm_up(port) and run(port) -> (requests, requests a second, 99th percentile)."""

import contextlib
import csv
import http.client
import signal
import subprocess
import time

from instance import PATIENCE, on_processor
from measure import HERE, environment, output_of

SECONDS = 0.5  # wrk looks every 0.1 s whether it is to end
WARM_UP = 0.2


class Wrk:
    needs = ("wrk",)
    step = 1

    def __init__(self, path, connections, kept):
        self.path, self.connections = path, connections
        self.header = "Connection: " + ("keep-alive" if kept else "close")

    def warm_up(self, port):
        """Not by wrk: it leaves while it is answered, of which an unguarded perl server dies."""
        end = time.monotonic() + WARM_UP
        while time.monotonic() < end:
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as one:
                one.request("GET", f"/{self.path}")
                one.getresponse().read()

    def run(self, port):
        printed = self._printed(port)
        if "measured" not in printed:
            raise RuntimeError(f"wrk did not measure /{self.path}: {' '.join(printed)[-500:]}")
        total, *lines = (map(int, line.split()) for line in printed[printed.index("measured") + 1 :])
        requests, micros, errors = total
        if errors or requests < self.connections:
            raise RuntimeError(f"wrk got {requests} answers for /{self.path}, and {errors} errors")
        counts = without_correction(dict(lines), micros // (requests // self.connections))
        if sum(counts.values()) != requests:
            raise RuntimeError("this wrk corrects its latencies in a way that is not known here")
        return requests, requests / micros * 1e6, percentile(counts, 0.99)

    def _printed(self, port):
        """wrk takes whole seconds only; SIGINT ends it sooner."""
        command = ["wrk", "-t1", f"-c{self.connections}", f"-d{PATIENCE}", "-H", self.header]
        command += ["-s", HERE / "wrk.lua", f"http://127.0.0.1:{port}/{self.path}"]
        with subprocess.Popen(
            command, env=environment(), stdout=subprocess.PIPE, text=True, preexec_fn=on_processor(0)
        ) as process:
            time.sleep(SECONDS)
            process.send_signal(signal.SIGINT)
            return process.communicate(timeout=2 * PATIENCE)[0].splitlines()


def without_correction(counts, expected):
    """Of {µs: requests}, those that were made. For each that took long wrk adds those that it would have
    made meanwhile, one each `expected` µs (stats_correct() in its stats.c). So a pause of a few ms, which
    any machine makes, weighs as hundreds of requests, and the 99th percentile tells of pauses alone."""
    made = dict(counts)
    for slow in sorted(counts, reverse=True):
        if slow < 2 * expected:
            break
        for added in range(slow - expected, expected, -expected):
            made[added] -= made[slow]
    return made


def percentile(counts, share):
    """Of {value: how often}."""
    left = share * sum(counts.values())
    for value in sorted(counts):
        left -= counts[value]
        if left <= 0:
            return value


class RedisBenchmark:
    """With as many clients as make its step a small part of its 99th percentile."""

    needs = ("redis-benchmark",)
    step = 8

    def __init__(self, test, pipelined, clients, requests):
        self.test, self.requests = test, requests
        self.command = ("redis-benchmark", "--csv", "-P", pipelined, "-c", clients)

    def warm_up(self, port):
        """By SET, so that GET finds something."""
        self._run(port, "set", self.requests // 4)

    def run(self, port):
        row = self._run(port, self.test, self.requests)
        return self.requests, float(row["rps"]), float(row["p99_latency_ms"]) * 1000

    def _run(self, port, test, requests):
        command = (*self.command, "-p", port, "-t", test, "-n", requests)
        (row,) = csv.DictReader(
            output_of(command, timeout=2 * PATIENCE, preexec_fn=on_processor(0)).splitlines()
        )
        return row
