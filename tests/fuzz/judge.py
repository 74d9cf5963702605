"""Reads what fuzz_json shows, a line of JSON and then what it was made of, and judges the first by
the second: python3 judge.py < SHOWN. Exit 1 where a line is bad."""

import codecs
import json
import sys

LINE = 4095


def as_latin(error):
    """A byte that is not UTF-8 stands for the character of its own number."""
    return chr(error.object[error.start]), error.start + 1


def once(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError("a field twice")
    return dict(pairs)


def faults(line, made):
    record = json.loads(line.decode("utf-8"), object_pairs_hook=once)
    for field in made.decode("ascii").split():
        name, value = field.split(":")
        made_of = bytes.fromhex(value)
        expected = made_of.decode("utf-8", "latin")
        found = record.get(name, "")
        if found == expected:
            continue
        # One that had no room is left out: \u00XX for each byte at most.
        if found or len(line) + len(name) + 6 * len(made_of) + 6 <= LINE - 4:
            yield "%s: %r is not %r" % (name, found, expected)


def main():
    codecs.register_error("latin", as_latin)
    bad = total = 0
    shown = sys.stdin.buffer.read().split(b"\n")
    for line, made in zip(shown[::2], shown[1::2]):
        total += 1
        try:
            found = list(faults(line, made))
        except ValueError as error:
            found = [str(error)]
        for fault in found:
            bad += 1
            if bad <= 20:
                print("judge.py: %s: %r" % (fault, line))
    print("judge.py: %d lines, %d faults" % (total, bad))
    sys.exit(bad != 0 or total == 0)


main()
