"""``python -m services.billing COMMAND``.

The commands: serve, list-charges, find-lost-payments, migrate, job NAME.
"""

from servicekit.service import Process, main
from services.billing import app
from services.billing.settings import BillingSettings

_SINCE = {"since": "a time with its offset, such as 2026-11-29T18:30:00+00:00"}

main(
    "billing",
    BillingSettings,
    app.serve,
    app.run_job,
    {
        "list-charges": Process(
            "print the charges for messages since a time, one JSON object per line",
            BillingSettings,
            app.list_charges,
            _SINCE,
        ),
        "find-lost-payments": Process(
            "after a restore, print the payments at Stripe that are not credited",
            BillingSettings,
            app.find_lost_payments,
            _SINCE,
        ),
    },
)
