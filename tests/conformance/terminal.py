"""A shell that runs a document's commands, where ``openbeian`` and ``./run`` are this process and not one of their own.

So dozens of commands take as long as one, and see what the test has prepared in its transaction.
"""

import contextlib
import json
import os
import re
import select
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from django.test.client import ClientHandler
from typer.testing import CliRunner

from openbeian.cli import app
from openbeian.config.environment import Environment
from tests.cli.commands import all_commands

_STUB = """#!{python} -IS
import json, os, socket, sys
with socket.create_connection(("127.0.0.1", {port})) as line:
    typed = "" if os.path.samestat(os.fstat(0), os.stat(os.devnull)) else sys.stdin.read()
    told = {{"words": sys.argv, "typed": typed, "directory": os.getcwd(), "environment": dict(os.environ)}}
    line.sendall(json.dumps(told).encode())
    line.shutdown(socket.SHUT_WR)
    answer = json.loads(b"".join(iter(lambda: line.recv(65536), b"")))
sys.stdout.write(answer["stdout"])
sys.stderr.write(answer["stderr"])
sys.exit(answer["code"])
"""
_PROMISED = re.compile(r"^(?P<command>.*?\S) +#.*\bexit code (?P<code>[1-9]).*$", re.M)


@dataclass(frozen=True)
class Call:
    """A program was called: by these words, with this on standard input (nothing, if it is a terminal)."""

    words: list[str]
    typed: str
    directory: str
    environment: dict[str, str]


@dataclass(frozen=True)
class Answer:
    stdout: str = ""
    stderr: str = ""
    code: int = 0


Program = Callable[[Call], Answer]


class Terminal:
    """A directory, and a shell in it on whose PATH the programs that were added are in front of all others."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.url = ""
        self.typed = ""  # what the person at the terminal types, if they are asked
        self.environment: dict[str, str] = {}
        self.refused: list[str] = []  # requests that were not answered 200
        self._programs: dict[str, Program] = {}
        self._handler = ClientHandler()
        self._bin = directory / ".bin"

    @contextlib.contextmanager
    def open(self) -> Iterator["Terminal"]:
        """With ``openbeian``, ``./run``, and a web server at ``url`` that answers in this process as well."""
        shutil.rmtree(self._bin, ignore_errors=True)
        self._bin.mkdir()
        with socket.create_server(("127.0.0.1", 0)) as self._calls, make_server(
                "127.0.0.1", 0, self._answered, handler_class=_Silent) as self._web:
            self.url = f"http://127.0.0.1:{self._web.server_port}"
            self.add("openbeian", openbeian)
            (self.directory / "run").unlink(missing_ok=True)
            (self.directory / "run").symlink_to(self._bin / "openbeian")
            yield self

    def add(self, name: str, program: Program) -> None:
        """From now on this name means this function."""
        self._programs[name] = program
        path = self._bin / name
        path.write_text(_STUB.format(python=sys.executable, port=self._calls.getsockname()[1]))
        path.chmod(0o755)

    def run(self, text: str) -> str:
        """Run the text in a shell that stops at the first failure; what it printed.

        A line whose comment promises an exit code other than 0 has to end with it.
        """
        script = _PROMISED.sub(r"if \g<command>; then false; else [ $? = \g<code> ]; fi", text)
        out, err = self._bin / "stdout", self._bin / "stderr"
        with open(out, "w") as stdout, open(err, "w") as stderr:
            process = subprocess.Popen(
                ["sh", "-ec", script], cwd=self.directory, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr,
                env={**os.environ, "PATH": f"{self._bin}:{Path(sys.executable).parent}:{os.environ['PATH']}",
                     "NO_PROXY": "*", **self.environment})
            try:
                self._serve_until_it_ends(process)
            finally:
                process.kill()
        printed = out.read_text()
        assert (process.wait(), self.refused) == (0, []), f"{text}\n{printed}{err.read_text()}"
        return printed

    def _serve_until_it_ends(self, process: "subprocess.Popen[bytes]") -> None:
        while process.poll() is None:
            waiting, _, _ = select.select([self._calls, self._web], [], [], 0.02)
            if self._web in waiting:
                self._web.handle_request()
            if self._calls in waiting:
                self._answer()

    def _answered(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        """A WSGI application. Django's test client has the handler that leaves the connection of the test open."""
        response = self._handler(environ)
        if response.status_code != 200:
            self.refused.append(f"{response.status_code} {environ['PATH_INFO']}")
        start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
        return [response.getvalue()]

    def _answer(self) -> None:
        line, _ = self._calls.accept()
        with line:
            told = json.loads(b"".join(iter(lambda: line.recv(65536), b"")))
            name, *words = told.pop("words")
            name = Path(name).name
            told["typed"] = told["typed"] or self.typed
            answer = self._programs["openbeian" if name == "run" else name](Call(words, **told))
            line.sendall(json.dumps(vars(answer)).encode())


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


#: Commands that run a system, or on one of their own: their words are read here, and the test that runs them is named.
RUN_ELSEWHERE = {
    "up": "tests/runtime/test_processes.py::test_up_announces_itself_and_stops_without_a_trace",
    "demo": "tests/stories/test_demonstration.py::test_the_story_from_august_2023_to_april_2024",
    "sandbox": "tests/conformance/test_sandbox.py::test_it_comes_back_with_its_keys_and_its_data_and_runs_once",
    "worker": "tests/runtime/test_processes.py::test_web_and_simulator_answer_and_the_worker_lives",
    "soak": "tests/faults/test_soak.py::test_a_small_soak_ends_as_planned_and_its_checks_name_what_is_spoilt",
    "bench authority": "tests/bench/test_bench_authority.py::test_a_file_is_packed_and_one_unpacked_beside_lxml_alone",
    "test": "",  # this suite
}


def openbeian(call: Call) -> Answer:
    """Run a command of ours here. An error that is not an exit code fails the test."""
    words = call.words or ["up"]
    variables = {name: text for name, text in call.environment.items() if os.environ.get(name) != text}
    Environment().load({name: text for name, text in variables.items() if name in Environment().fields})
    for name in RUN_ELSEWHERE:
        if words[:len(parts := name.split())] == parts:
            all_commands()[name].make_context(name, words[len(parts):])
            return Answer()
    with contextlib.chdir(call.directory):
        said = CliRunner().invoke(app, words, prog_name="openbeian", input=call.typed)
    if said.exception and not isinstance(said.exception, SystemExit):
        raise said.exception
    return Answer(said.stdout, said.stderr, said.exit_code)
