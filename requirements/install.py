"""Make or renew ``.venv`` for ``./run``: ``install.py run|test STAMP``. Standard library only.

The packages come from requirements/run.txt or test.txt, checked against their hashes. OpenBeian itself is not built:
a path file points to ``src/``. The stamp, written last, lets ``./run`` skip all this the next time.
"""

import fcntl
import importlib.util
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"


def main(wanted: str, stamp: str) -> None:
    """Install what ``wanted`` names, unless another process just did."""
    try:
        lock = open(PROJECT / ".venv.lock", "a")
    except OSError as error:
        sys.exit(f"cannot write to {PROJECT} ({error.strerror}): make the clone writable for this user")
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        mark = VENV / f".installed-{wanted}"
        if works() and mark.exists() and mark.read_text() == stamp:
            return
        if not works():
            make_environment()
        install(PROJECT / "requirements" / f"{wanted}.txt")
        point_to_source()
        mark.write_text(stamp)


def works() -> bool:
    """Whether the environment has a Python that starts, is new enough, and has pip."""
    check = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    return PYTHON.exists() and subprocess.run([PYTHON, "-c", check], stderr=subprocess.DEVNULL).returncode == 0


def make_environment() -> None:
    """Create .venv with pip in it."""
    if importlib.util.find_spec("ensurepip") is None:
        version = "3" if sys.executable == "/usr/bin/python3" else sysconfig.get_python_version()
        sudo = "" if os.geteuid() == 0 else "sudo "
        sys.exit(f"Python's venv module is not complete here. Type: {sudo}apt-get install python{version}-venv\n"
                 "Then run this again.")
    print(f"Making {VENV} with Python {sysconfig.get_python_version()} …", file=sys.stderr, flush=True)
    venv.create(VENV, clear=True, with_pip=True, symlinks=True)


def install(requirements: Path) -> None:
    """Install exactly these packages."""
    print(f"Installing {requirements.relative_to(PROJECT)} (once; a minute or two) …", file=sys.stderr, flush=True)
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-input",
               "--disable-pip-version-check", "--root-user-action=ignore", "-r", requirements]  # fmt: skip
    if subprocess.run(command, stdout=sys.stderr).returncode != 0:
        sys.exit("The packages could not be installed; the reason is above. If the package registry is not reachable "
                 "from here, tell pip about your proxy or mirror (pip config), then run this again.")


def point_to_source() -> None:
    """Let the environment import ``openbeian`` from ``src/``."""
    found = subprocess.run([PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
                           capture_output=True, text=True, check=True)  # fmt: skip
    Path(found.stdout.strip(), "openbeian.pth").write_text(f"{PROJECT / 'src'}\n", encoding="utf-8")


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2])
    except KeyboardInterrupt:
        sys.exit(130)
