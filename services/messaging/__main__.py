"""``python -m services.messaging COMMAND``.

The commands: serve, sender, rewrap, read-archive, find-lost, complete-lost, migrate, job NAME.
"""

from servicekit.service import Process, main
from services.messaging import app
from services.messaging.parts.history import read_archive
from services.messaging.parts.lost_messages import complete_lost, find_lost
from services.messaging.settings import MessagingSettings, SenderSettings

_LOST_TIME = {
    "since": "the time to which a database was restored, such as 2026-11-29T18:30:00+00:00",
    "charges": "a file with the output of billing's list-charges for this time",
}

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
        "find-lost": Process(
            "after a restore, print the messages and charges of the lost time that have no row",
            SenderSettings,
            find_lost,
            _LOST_TIME,
        ),
        "complete-lost": Process(
            "after a restore, complete the messages that only callbacks have stored",
            SenderSettings,
            complete_lost,
            _LOST_TIME,
        ),
    },
)
