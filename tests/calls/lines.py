"""Judges logs of JSON lines by the contract: python3 lines.py FILE... ; exit 1 where a line is bad."""

import json
import re
import sys

TEXT = set("""time event comm exe call syscall type errno sigpipe action local peer peer_comm cause
tcp_state child_status argv caller setting value takes""".split())
NUMBER = set("""pid tid fd requested peer_pid peer_uid bytes_sent bytes_acked bytes_received lost
age_ms silent_ms peer_silent_before_close_ms child_pid connection fds_left streak suppressed""".split())
FLAG = {"saved", "lost_at_most"}
ONE_OF = {
    "event": "epipe reset timeout runaway child attach detach setting",
    "type": "tcp tcp6 unix-stream unix-seqpacket unix-dgram udp pipe fifo tty other",
    "errno": "EPIPE ECONNRESET ETIMEDOUT EHOSTUNREACH ENETUNREACH",
    "sigpipe": "kill ignored handled blocked",
    "action": "nosignal masked backstop none killed",
    "cause": "peer-closed peer-reset peer-gone local-shutdown never-connected timed-out"
             " reader-gone reader-died",
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z")
ALWAYS = {"time", "event", "pid", "tid", "comm", "exe"}
# Not the type: after a chroot nothing may tell a FIFO from a pipe.
FAILURE = {"call", "errno", "sigpipe", "action"}
# Under a seccomp filter of its own a process asks the kernel nothing.
ASKED = {"pid", "tid", "comm", "sigpipe"}
CHILD = {"type", "connection", "child_pid", "child_status"}


def once(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError("a field twice")
    return dict(pairs)


def wrong_type(key, value):
    if key in NUMBER:
        return type(value) is not int
    if key in FLAG:
        return type(value) is not bool
    # attach and detach carry totals whose names the contract leaves free.
    return type(value) is not str if key in TEXT else False


def faults(line):
    record = json.loads(line.decode("utf-8"), object_pairs_hook=once)
    event = record.get("event")
    if not TIME.fullmatch(record.get("time", "")):
        yield "no time of RFC 3339 in UTC with nanoseconds"
    untold = set() if record.keys() & {"tid", "comm"} else ASKED
    for key in ALWAYS - record.keys() - untold:
        yield "no " + key
    if event in ("epipe", "reset", "timeout"):
        for key in FAILURE - record.keys() - untold:
            yield "no " + key
    if event == "child":
        for key in CHILD - record.keys():
            yield "no " + key
    for key, value in record.items():
        if wrong_type(key, value):
            yield key + " is of the wrong type"
        if key in ONE_OF and value not in ONE_OF[key].split():
            yield key + " has a value that the contract does not know"
        if value == "" or value is None:
            yield key + " is empty instead of absent"
        if event in ("epipe", "reset", "timeout", "child") and key not in TEXT | NUMBER | FLAG:
            yield "the contract does not know " + key


def main():
    bad = total = 0
    for path in sys.argv[1:]:
        try:
            lines = open(path, "rb").read().splitlines(keepends=True)
        except OSError:
            continue
        for line in lines:
            total += 1
            try:
                found = list(faults(line))
                if not line.endswith(b"\n"):
                    found.append("no end of line")
            except ValueError as error:
                found = [str(error)]
            for fault in found:
                bad += 1
                if bad <= 20:
                    print("lines.py: %s: %s: %r" % (path, fault, line))
    print("lines.py: %d lines, %d faults" % (total, bad))
    sys.exit(bad != 0)


main()
