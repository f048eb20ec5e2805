"""`python toy_launcher.py PROJECT`: the launcher of `make run` with toy services."""

import sys
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from deploy.local import launcher, stack
from deploy.local.options import StackOptions


class ToyStack(stack.Stack):
    """A platform whose services are those of the project named on the command line."""

    def __init__(self, options: StackOptions) -> None:
        super().__init__(replace(options, project=Path(sys.argv[1]), durable=False))


if __name__ == "__main__":
    with (
        patch("deploy.local.stack.upgrade", lambda *_: None),
        patch("deploy.local.launcher.Stack", ToyStack),
    ):
        sys.exit(launcher.run(senders=1))
