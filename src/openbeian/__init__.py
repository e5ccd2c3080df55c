"""OpenBeian: ICP filing (备案) for mini-program platforms."""

__version__ = "0.1.0"
