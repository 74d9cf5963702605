"""A server for one client, by each of python's ways to write to it.

server.py WAY PORTFILE: tells on stderr which exception the client's leaving raised; exit 3 then.
"""

import asyncio
import http.server
import socket
import socketserver
import sys

SIZE = 20 << 20


def tell_port(port):
    with open(sys.argv[2], "w") as file:
        file.write("%d\n" % port)


def tell_and_exit(error):
    print("%s: %s" % (type(error).__name__, error), file=sys.stderr)
    sys.exit(3)


def by_socket():
    listener = socket.create_server(("127.0.0.1", 0))
    tell_port(listener.getsockname()[1])
    connection, _ = listener.accept()
    connection.recv(4096)
    try:
        connection.sendall(bytes(SIZE))
    except OSError as error:
        tell_and_exit(error)


class Lines(socketserver.StreamRequestHandler):
    """With a buffer, which finish() tries to flush once more when it could not be written."""

    wbufsize = -1

    def handle(self):
        self.rfile.readline()
        for _ in range(SIZE // 1024):
            self.wfile.write(bytes(1024))


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(bytes(SIZE))

    def log_message(self, *_):
        pass


class Server(socketserver.TCPServer):
    def handle_error(self, *_):
        tell_and_exit(sys.exc_info()[1])


def serve_one(handler):
    with Server(("127.0.0.1", 0), handler) as server:
        tell_port(server.server_address[1])
        server.handle_request()


def by_socketserver():
    serve_one(Lines)


def by_http():
    serve_one(Page)


def by_asyncio():
    async def main():
        ended = asyncio.get_running_loop().create_future()

        async def answer(reader, writer):
            await reader.readline()
            try:
                writer.write(bytes(SIZE))
                await writer.drain()
                ended.set_result(None)
            except OSError as error:
                ended.set_result(error)

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        tell_port(server.sockets[0].getsockname()[1])
        return await ended

    error = asyncio.run(main())
    if error:
        tell_and_exit(error)


def by_twisted():
    """By select: the reactor of choice, epoll's, sees most clients leave without trying to write."""
    from twisted.internet import selectreactor

    selectreactor.install()
    from twisted.internet import protocol, reactor

    failures = []

    class Answer(protocol.Protocol):
        def dataReceived(self, _):
            self.transport.pauseProducing()
            self.transport.write(bytes(SIZE))

        def connectionLost(self, reason):
            failures.append(reason.value)
            reactor.stop()

    factory = protocol.ServerFactory()
    factory.protocol = Answer
    tell_port(reactor.listenTCP(0, factory, interface="127.0.0.1").getHost().port)
    reactor.run()
    tell_and_exit(failures[0])


globals()["by_" + sys.argv[1]]()
