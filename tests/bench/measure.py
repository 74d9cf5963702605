"""What the parts of `make bench` share: ways to run a program, turns, ratios, figures and goals.

A part is a module with `TITLE` and `measure(bench)`; it calls what is below and prints nothing of its own
but through `bench`. Every ratio is taken within one round, in which each way has its turn; a round's
first way changes, so that none always meets the machine as another left it."""

import os
import pathlib
import shutil
import statistics
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]
HERE = TOP / "tests" / "bench"
SHIM = pathlib.Path(os.environ.get("BPGUARD_LIB", TOP / "build" / "libbpguard.so"))


class Missing(Exception):
    """What a part needs and this machine does not have: the part, or a row of it, is skipped."""


class Spread:
    """Values of one figure: their median, and from the 10th to the 90th percentile."""

    def __init__(self, values):
        self.values = sorted(values)
        self.middle = statistics.median(self.values)
        self.low, self.high = self._at(0.1), self._at(0.9)

    def _at(self, share):
        return self.values[round(share * (len(self.values) - 1))]

    def shown(self, digits=3):
        return f"{self.middle:.{digits}f} ({self.low:.{digits}f} to {self.high:.{digits}f})"


def ratios(values, base):
    """Round by round."""
    return Spread([value / before for value, before in zip(values, base)])


def more_than(base, values):
    """Likewise."""
    return Spread([value - before for value, before in zip(values, base)])


def alternate(ways, rounds, once):
    """once(way) -> a number or a tuple of numbers. Returns {way: [its values, a round each]}."""
    values = {way: [] for way in ways}
    order = list(ways)
    for _ in range(rounds):
        for way in order:
            values[way].append(once(way))
        order = order[1:] + order[:1]
    return values


def environment(preload=None, **variables):
    """This process's, without what would decide how the shim behaves. Nothing goes to a tracer of
    the machine's own unless BPGUARD_LTTNG is among the variables."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("BPGUARD_") and name != "LD_PRELOAD"
    }
    clean.update(BPGUARD_LTTNG="off", LC_ALL="C")
    if preload:
        clean["LD_PRELOAD"] = str(preload)
    clean.update(variables)
    return clean


def _done(command, env, options):
    done = subprocess.run(
        [str(word) for word in command], env=env or environment(), capture_output=True, text=True, **options
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: status {done.returncode}: {done.stderr[-500:]}")
    return done


def output_of(command, env=None, **options):
    """What the command prints; an error that says so where it fails."""
    return _done(command, env, options).stdout


def output_and_errors(command, env=None, **options):
    """Likewise, and what it says on stderr."""
    done = _done(command, env, options)
    return done.stdout + done.stderr


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            raise Missing(f"{program} is not installed")


class Bench:
    """One run: where its files are, what it found, and which goals it missed."""

    def __init__(self, directory, quick=False):
        self.directory = pathlib.Path(directory)
        self.quick = quick  # few rounds: to try that it works, not to measure
        self.part = None
        self.figures = []
        self.missed = []
        self.lines = []

    def rounds(self, count):
        return 2 if self.quick else count

    def compile(self, name, *flags):
        """tests/bench/NAME.c; returns the program, or the library where flags say -shared."""
        made = self.directory / (name + (".so" if "-shared" in flags else ""))
        if not made.exists():
            compiler = os.environ.get("CC", "cc").split()
            source = HERE / f"{name}.c"
            output_of([*compiler, "-std=gnu11", "-O2", "-D_GNU_SOURCE", "-o", made, source, *flags])
        return made

    def empty_preload(self):
        return self.compile("empty", "-shared", "-fPIC")

    def say(self, text=""):
        """A line of the report, in Markdown."""
        self.lines.append(text)
        print(text, flush=True)

    def table(self, head, rows):
        self.say()
        self.say("| " + " | ".join(head) + " |")
        self.say("|" + "---|" * len(head))
        for row in rows:
            self.say("| " + " | ".join(str(cell) for cell in row) + " |")
        self.say()

    def figure(self, what, way, unit, value, **more):
        """Keeps a figure for the JSON and the plot. A Spread's low and high go with it."""
        entry = {"part": self.part, "what": what, "way": way, "unit": unit}
        if isinstance(value, Spread):
            entry.update(value=value.middle, low=value.low, high=value.high, runs=len(value.values))
        else:
            entry["value"] = value
        entry.update(more)
        self.figures.append(entry)

    def goal(self, text, value, holds, digits=2):
        """Says whether a goal is met; make bench ends with 1 where one is not."""
        entry = {"part": self.part, "goal": text, "value": value, "holds": bool(holds)}
        self.figures.append(entry)
        if not holds:
            self.missed.append(entry)
        self.say(f"- {text}: {value:.{digits}f}, {'holds' if holds else '**does not hold**'}")

    def run(self, name, part):
        self.part = name
        self.say(f"## {part.TITLE}")
        self.say()
        try:
            part.measure(self)
        except Missing as missing:
            self.say(f"SKIP: {missing}")
        self.say()
