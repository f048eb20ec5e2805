"""``python -m services.billing serve | migrate | job NAME``."""

from servicekit.service import main
from services.billing import app
from services.billing.settings import BillingSettings

main("billing", BillingSettings, app.serve, app.run_job)
