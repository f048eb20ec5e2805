"""The program `smsblaster`. Its packages are installed with `pip install 'smsblaster[cli]'`."""

import sys


def main() -> None:
    """Run the command line. If its packages are not installed, say how to install them."""
    try:
        from smsblaster.cli.app import run
    except ModuleNotFoundError as error:
        if error.name not in ("click", "rich"):
            raise
        sys.exit("The command line needs more packages. Run: pip install 'smsblaster[cli]'")
    sys.exit(run())
