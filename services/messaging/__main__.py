"""``python -m services.messaging serve | sender | rewrap | read-archive | migrate | job NAME``."""

from servicekit.service import Process, main
from services.messaging import app
from services.messaging.parts.history import read_archive
from services.messaging.settings import MessagingSettings, SenderSettings

main(
    "messaging",
    MessagingSettings,
    app.serve,
    app.run_job,
    {
        "sender": Process("send what is due until SIGTERM", SenderSettings, app.send),
        "rewrap": Process(
            "wrap every stored secret under the newest key", SenderSettings, app.rewrap
        ),
        "read-archive": Process(
            "print archived messages, one JSON object a line",
            MessagingSettings,
            read_archive,
            {"org": "the organisation's id", "month": "the month (UTC) as YYYY-MM"},
        ),
    },
)
