"""A toy service: responds to health checks with its environment, or fails if its settings say so.

`print-settings` prints the environment instead.
"""

import http.server
import json
import os
import sys
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    """Responds to every GET with the process's environment variables."""

    def do_GET(self) -> None:
        body = json.dumps(dict(os.environ)).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Log nothing."""


def serve(address: str) -> None:
    """Serve on `host:port` for ever."""
    host, port = address.split(":")
    http.server.ThreadingHTTPServer((host, int(port)), Handler).serve_forever()


if sys.argv[1:] == ["print-settings"]:
    sys.stdout.write(json.dumps(dict(os.environ)))
    sys.exit(0)
if os.environ.get("TOY_FAILS"):
    sys.exit("this toy was told to fail")
listens = [os.environ[name] for name in ("OPS_LISTEN", "HTTP_LISTEN") if name in os.environ]
if "SIMULATOR_PORT" in os.environ and "OPS_LISTEN" not in os.environ:
    listens = [f"127.0.0.1:{os.environ['SIMULATOR_PORT']}"]
for listen in listens:
    threading.Thread(target=serve, args=(listen,)).start()
