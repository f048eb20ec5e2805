"""``python -m admin COMMAND``: the same as ``smsblaster-admin COMMAND``."""

from admin.app import main

main()
