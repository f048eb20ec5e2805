"""``python -m services.campaigns serve | migrate | job NAME``."""

from servicekit.service import main
from services.campaigns import app
from services.campaigns.settings import CampaignsSettings

main("campaigns", CampaignsSettings, app.serve, app.run_job)
