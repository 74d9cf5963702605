"""Calls that succeed: every intercepted one that an fd is given to, on each channel, in each way."""

import concurrent.futures
import re

from measure import SHIM, Spread, alternate, environment, need, output_and_errors, output_of, ratios

TITLE = "Calls that succeed"

WAYS = ("unguarded", "empty preload", "auto", "calls, RWF_NOSIGNAL", "calls, mask")
CHANNELS = ("null", "file", "pipe", "unix", "tcp")
# A call on a channel: the goals are about these, which are timed for longer.
JUDGED = ("write/pipe", "write/unix", "send/unix")
LONGER = JUDGED + ("write of 512/pipe", "write of 512/unix", "send of 512/unix")
MOST_INSTRUCTIONS, MOST_TIME = 16, 1.02
BATCH = 100  # as in calls.c
TIMEOUT = 120


class Calls:
    """The program that makes them, in each way."""

    def __init__(self, bench):
        self.program = bench.compile("calls")
        self.directory = bench.directory
        self.variables = {
            "unguarded": {},
            "empty preload": {"LD_PRELOAD": bench.empty_preload()},
            "auto": {"LD_PRELOAD": SHIM, "BPGUARD_LOG": "off"},
            "calls, RWF_NOSIGNAL": {
                "LD_PRELOAD": SHIM,
                "BPGUARD_LOG": "off",
                "BPGUARD_PROTECT": "calls",
            },
            "calls, mask": {
                "LD_PRELOAD": SHIM,
                "BPGUARD_LOG": "off",
                "BPGUARD_PROTECT": "calls",
                "BPGUARD_TEST_NO_RWF": "1",
            },
        }

    def cells(self):
        return output_of([self.program, "list"]).splitlines()

    def command(self, cell, what, batches):
        call, channel = cell.split("/")
        return [self.program, call, channel, what, batches]

    def environment(self, way):
        return environment(**{name: str(value) for name, value in self.variables[way].items()})

    def time(self, cell, way, batches):
        """Nanoseconds a call."""
        command = self.command(cell, "time", batches)
        return float(output_of(command, self.environment(way), timeout=TIMEOUT))

    def instructions(self, cell, way):
        """In user space, a call, with the loop around it: the same number in every run."""
        batches = 20
        grind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=batch"]
        done = output_and_errors(
            grind + self.command(cell, "run", batches), self.environment(way), timeout=TIMEOUT
        )
        total = int(re.search(r"Collected : (\d+)", done).group(1))
        return total / ((batches + 1) * BATCH)

    def system_calls(self, cell, way):
        """A call: of a longer run and a shorter one, the difference."""
        short, long = (self._all_system_calls(cell, way, batches) for batches in (2, 12))
        return (long - short) / (10 * BATCH)

    def _all_system_calls(self, cell, way, batches):
        name = f"{cell}.{way}.{batches}".replace("/", ".").replace(" ", "")
        counts = f"{self.directory}/{name}"
        preloaded = [f"-E{name}={value}" for name, value in self.variables[way].items()]
        command = ["strace", "-f", "-c", "-o", counts, *preloaded, *self.command(cell, "run", batches)]
        output_of(command, timeout=TIMEOUT)
        with open(counts) as file:
            return int(re.search(r"^\S+\s+\S+\s+\S+\s+(\d+).* total$", file.read(), re.MULTILINE).group(1))


def measure_times(bench, calls, cells):
    """{cell: {way: Spread of ratios to unguarded}}."""
    found = {}
    for cell in cells:
        rounds, batches = (60, 400) if cell in LONGER else (12, 100)
        times = alternate(WAYS, bench.rounds(rounds), lambda way: calls.time(cell, way, batches))
        bench.figure(cell.replace("/", ", "), "unguarded", "ns", Spread(times["unguarded"]))
        found[cell] = {way: ratios(times[way], times["unguarded"]) for way in WAYS[1:]}
        for way, spread in found[cell].items():
            bench.figure(cell.replace("/", ", "), way, "ratio", spread)
    return found


def count(bench, cells, once, unit, digits):
    """{cell: {way: a count}}: what can be counted does not mind company."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        futures = {(cell, way): pool.submit(once, cell, way) for cell in cells for way in WAYS}
        found = {}
        for (cell, way), future in futures.items():
            found.setdefault(cell, {})[way] = round(future.result(), digits)
            bench.figure(cell.replace("/", ", "), way, unit, found[cell][way])
    return found


def more(counts, cell, way):
    return counts[cell][way] - counts[cell]["unguarded"]


def calls_of(cells):
    return list(dict.fromkeys(cell.split("/")[0] for cell in cells))


def told_counts(bench, title, cells, counts, digits):
    """A row a call: unguarded, and what each way takes more; from least to most over the channels."""

    def shown(values, digits):
        low, high = f"{min(values):.{digits}f}", f"{max(values):.{digits}f}"
        return low if low == high else f"{low} to {high}"

    rows = []
    for call in calls_of(cells):
        own = [cell for cell in cells if cell.startswith(call + "/")]
        rows.append(
            [call, shown([counts[cell]["unguarded"] for cell in own], 0)]
            + [shown([more(counts, cell, way) for cell in own], digits) for way in WAYS[1:]]
        )
    bench.table([title, "unguarded"] + ["+ " + way for way in WAYS[1:]], rows)


def told_times(bench, cells, times):
    for way in WAYS[1:]:
        rows = [
            [call]
            + [times[f"{call}/{on}"][way].shown() if f"{call}/{on}" in times else "" for on in CHANNELS]
            for call in calls_of(cells)
        ]
        bench.table([f"time, {way} / unguarded", *CHANNELS], rows)


def judge(bench, cells, instructions, system_calls, times):
    for call in ("write", "send"):
        worst = max(
            (more(instructions, cell, "auto") for cell in cells if cell.startswith(call + "/")), default=0
        )
        bench.goal(
            f"{call}: at most {MOST_INSTRUCTIONS} instructions more", worst, worst <= MOST_INSTRUCTIONS, 0
        )
    worst = max(more(system_calls, cell, "auto") for cell in cells if cell.split("/")[0] in ("write", "send"))
    bench.goal("write and send: no system call more", worst, worst <= 0, 2)
    for cell in JUDGED:
        ratio, what = times[cell]["auto"].middle, cell.replace("/", ", ")
        bench.goal(f"{what}: at most {MOST_TIME} of the time", ratio, ratio <= MOST_TIME, 3)


def measure(bench):
    need("valgrind", "strace")
    calls = Calls(bench)
    cells = calls.cells()
    if bench.quick:
        cells = [cell for cell in cells if cell in LONGER]
    times = measure_times(bench, calls, cells)
    instructions = count(bench, cells, calls.instructions, "instructions", 1)
    system_calls = count(bench, cells, calls.system_calls, "system calls", 2)
    bench.say(
        "A byte each, where 512 are not named. Instructions in user space by callgrind, with the loop around "
        f"the call; system calls by strace; time: batches of {BATCH} calls, a process's median. From least "
        "to most over the channels."
    )
    told_counts(bench, "instructions", cells, instructions, 0)
    told_counts(bench, "system calls", cells, system_calls, 2)
    told_times(bench, cells, times)
    judge(bench, cells, instructions, system_calls, times)

