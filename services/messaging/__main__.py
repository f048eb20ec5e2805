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
        "sender": Process("send due messages until SIGTERM", SenderSettings, app.send),
        "rewrap": Process(
            "encrypt every stored secret with the newest key", SenderSettings, app.rewrap
        ),
        "read-archive": Process(
            "print archived messages, one JSON object per line",
            MessagingSettings,
            read_archive,
            {"org": "id of the organisation", "month": "the month (UTC) as YYYY-MM"},
        ),
    },
)
