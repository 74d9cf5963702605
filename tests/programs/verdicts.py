#!/usr/bin/python3
"""verdicts.py KIND NAME FILE [skip|only]: runs a suite of Python tests and appends a line of JSON to FILE
when a test begins and when it has ended. FILE is opened for each line: tests count fds. KIND is
`unittest` (NAME a module of CPython's tests) or `trial` (NAME a package of Twisted's). The identities of
tests to skip, or of the only ones to run, are read from FILE.skip or FILE.only.
"""
import faulthandler
import json
import os
import sys
import unittest

RANKS = ["ok", "expected failure", "skipped", "unexpected success", "failed", "error"]


class Verdicts:
    """Mixed into a result class of unittest's or trial's."""

    file = None
    running = None
    seen = {}

    def write(self, **line):
        with open(self.file, "a") as file:
            file.write(json.dumps(line) + "\n")

    def note(self, test, verdict, why=""):
        if self.running is None:  # a class's or a module's own setting up
            self.write(end=test.id(), verdict=verdict, why=str(why)[-2000:])
        elif RANKS.index(verdict) >= RANKS.index(self.verdict):
            self.verdict, self.why = verdict, str(why)[-2000:]

    def startTest(self, test):
        super().startTest(test)
        self.running, self.verdict, self.why = name_of(test), "ok", ""
        self.write(start=self.running)

    def stopTest(self, test):
        super().stopTest(test)
        self.write(end=self.running, verdict=self.verdict, why=self.why)
        self.running = None

    def addError(self, test, error, *rest):
        super().addError(test, error, *rest)
        self.note(test, "error", told(error, test))

    def addFailure(self, test, error, *rest):
        super().addFailure(test, error, *rest)
        self.note(test, "failed", told(error, test))

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            self.note(test, "failed", told(error, test))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.note(test, "skipped", reason)

    def addExpectedFailure(self, test, *rest):
        super().addExpectedFailure(test, *rest)
        self.note(test, "expected failure")

    def addUnexpectedSuccess(self, test, *rest):
        super().addUnexpectedSuccess(test, *rest)
        self.note(test, "unexpected success")


def told(error, test):
    if isinstance(error, tuple):
        return unittest.TestResult()._exc_info_to_string(error, test)
    return error.getTraceback() if hasattr(error, "getTraceback") else error


def name_of(test):
    return getattr(test, "verdict_name", test.id())


def flat(suite):
    try:
        members = list(suite)
    except TypeError:
        yield suite
        return
    for member in members:
        yield from flat(member)


def chosen(tests, file, how):
    """Two tests may have one identity; the second is told by its number."""
    with open(f"{file}.{how}") if how else open(os.devnull) as names:
        names = set(names.read().splitlines())
    seen = {}
    for test in tests:
        identity = test.id()
        seen[identity] = seen.get(identity, 0) + 1
        name = identity if seen[identity] == 1 else f"{identity}#{seen[identity]}"
        if how and (name in names) != (how == "only"):
            continue
        if seen[identity] > 1:
            test.verdict_name = name
        yield test


class UnittestVerdicts(Verdicts, unittest.TestResult):
    pass


def run_unittest(name, file, how):
    from test import support

    # As `python -m test` without -u: no network, no long computing, no large files. What test_socketserver
    # calls network is the loopback.
    support.use_resources = ["network"] if name == "test_socketserver" else []
    support.verbose = 1
    faulthandler.enable()
    tests = flat(unittest.defaultTestLoader.loadTestsFromName("test." + name))
    unittest.TestSuite(list(chosen(tests, file, how))).run(UnittestVerdicts())
    support.reap_children()


def run_trial(name, file, how):
    from twisted.trial import reporter, runner

    class TrialVerdicts(Verdicts, reporter.TestResult):
        def __init__(self, *_):
            super().__init__()

        def done(self):
            pass

    # What trial itself puts around tests is left out where they are alone.
    tests = flat(runner.TestLoader().loadByName(name, recurse=True))
    runner.TrialRunner(TrialVerdicts).run(runner.TestSuite(list(chosen(tests, file, how))))


def main():
    kind, name, Verdicts.file = sys.argv[1:4]
    how = sys.argv[4] if len(sys.argv) > 4 else None
    {"unittest": run_unittest, "trial": run_trial}[kind](name, Verdicts.file, how)
    Verdicts.write(Verdicts, finished=True)


if __name__ == "__main__":
    main()
