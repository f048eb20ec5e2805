"""``python -m services.contacts serve | migrate | job NAME``."""

from servicekit.service import main
from services.contacts import app
from services.contacts.settings import ContactsSettings

main("contacts", ContactsSettings, app.serve, app.run_job)
