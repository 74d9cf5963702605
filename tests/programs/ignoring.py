"""A socketserver, which has the SIGPIPE that python sets: ignored.

ignoring.py PORTFILE
"""

import socketserver
import sys

SIZE = 20 << 20


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        self.rfile.readline()
        self.wfile.write(bytes(SIZE))


def main():
    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        with open(sys.argv[1], "w") as file:
            file.write("%d\n" % server.server_address[1])
        server.serve_forever()


main()
