"""A server in python with the SIGPIPE that C programs have; WAY is how it answers.

pipe.py WAY PORTFILE
"""

import os
import signal
import socket
import subprocess
import sys

SIZE = 20 << 20


def by_send(connection):
    sent = 0
    data = memoryview(bytes(SIZE))
    while sent < SIZE:
        sent += connection.send(data[sent:])


def by_sendmsg(connection):
    sent = 0
    data = memoryview(bytes(SIZE))
    while sent < SIZE:
        sent += connection.sendmsg([data[sent:], b""])


def by_writev(connection):
    sent = 0
    data = memoryview(bytes(SIZE))
    while sent < SIZE:
        sent += os.writev(connection.fileno(), [data[sent:]])


def by_sendfile(connection):
    with open(os.environ["SERVED"], "rb") as file:
        at = 0
        while at < SIZE:
            at += os.sendfile(connection.fileno(), file.fileno(), at, SIZE - at)


def by_subprocess(connection):
    """subprocess resets SIGPIPE and closes descriptors in a vfork child, which shares our memory."""
    subprocess.run(["/bin/true"], stdout=subprocess.PIPE, check=True)
    by_send(connection)


def main():
    way = globals()["by_" + sys.argv[1]]
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    listener = socket.create_server(("127.0.0.1", 0))
    with open(sys.argv[2], "w") as file:
        file.write("%d\n" % listener.getsockname()[1])
    while True:
        connection, _ = listener.accept()
        connection.recv(4096)
        try:
            way(connection)
        except OSError as error:
            print(error, file=sys.stderr)
        connection.close()


main()
