"""A parent that goes on writing to a child that has ended.

parent.py WAY: `queue`, whose child ends after one item; `crash`, whose child is killed by SIGSEGV;
`leave`, the same by a pipe of one direction, whose child calls sys.exit(3). Prints the child's pid,
tells on stderr which exception it got, and exits 3 then.
"""

import multiprocessing
import os
import signal
import sys

LARGE = bytes(100000)


def take_one(queue):
    queue.get()


def crash(connection):
    connection.recv()
    os.kill(os.getpid(), signal.SIGSEGV)


def leave(connection):
    connection.recv()
    sys.exit(3)


def await_end(child):
    """Leaves the child unreaped, as a parent does that knows nothing of its end."""
    print(child.pid, flush=True)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)


def by_queue():
    queue = multiprocessing.Queue()
    child = multiprocessing.Process(target=take_one, args=(queue,))
    child.start()
    # As long as the parent holds the reading end too, nothing is broken and its writer waits for ever.
    queue._reader.close()
    queue._on_queue_feeder_error = tell_and_exit
    queue.put(LARGE)
    await_end(child)
    queue.put(LARGE)
    queue._thread.join()


def by_connection(ends, target):
    theirs, ours = ends
    child = multiprocessing.Process(target=target, args=(theirs,))
    child.start()
    theirs.close()
    ours.send(LARGE)
    await_end(child)
    try:
        ours.send(LARGE)
    except OSError as error:
        tell_and_exit(error, None)


def by_crash():
    by_connection(multiprocessing.Pipe(), crash)


def by_leave():
    by_connection(multiprocessing.Pipe(duplex=False), leave)


def tell_and_exit(error, _):
    print("%s: %s" % (type(error).__name__, error), file=sys.stderr, flush=True)
    # Also from the queue's own thread; and nobody waits for the child, which python would reap.
    os._exit(3)


multiprocessing.set_start_method("fork")
globals()["by_" + sys.argv[1]]()
