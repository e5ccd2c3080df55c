"""A way to the database that can swallow what is sent on it, without a word, as a broken network does."""

import contextlib
import selectors
import socket
import threading
from collections.abc import Iterator


class Way:
    """Passes bytes on from a free port of this machine to a socket, unless ``silent`` is set."""

    def __init__(self, path: str) -> None:
        self.silent = threading.Event()
        self._path, self._ended = path, threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._pass_on)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._thread.join()

    def _pass_on(self) -> None:
        with contextlib.ExitStack() as opened, selectors.DefaultSelector() as selector:
            selector.register(opened.enter_context(self._listening), selectors.EVENT_READ)
            while not self._ended.is_set():
                for key, _ in selector.select(0.05):
                    if self.silent.is_set():
                        self._ended.wait(0.05)
                    elif key.data is None:
                        client, _ = self._listening.accept()
                        server = socket.socket(socket.AF_UNIX)
                        server.connect(self._path)
                        for one, other in ((client, server), (server, client)):
                            selector.register(opened.enter_context(one), selectors.EVENT_READ, other)
                    else:
                        self._move(key.fileobj, key.data, selector)  # type: ignore[arg-type]

    def _move(self, one: socket.socket, other: socket.socket, selector: selectors.BaseSelector) -> None:
        with contextlib.suppress(OSError):
            if content := one.recv(65536):
                other.sendall(content)
                return
        for ended in (one, other):
            with contextlib.suppress(KeyError, ValueError):
                selector.unregister(ended)
            ended.close()


@contextlib.contextmanager
def way_to(path: str) -> Iterator[Way]:
    """A way to the Unix socket."""
    way = Way(path)
    try:
        yield way
    finally:
        way.close()
