"""``python -m openbeian.cli``: the command line without the installed script."""

from openbeian.cli import main

main()
