"""``python -m services.messaging serve | sender | migrate | job NAME``."""

from servicekit.service import Process, main
from services.messaging import app
from services.messaging.settings import MessagingSettings, SenderSettings

main(
    "messaging",
    MessagingSettings,
    app.serve,
    app.run_job,
    {"sender": Process("send what is due until SIGTERM", SenderSettings, app.send)},
)
