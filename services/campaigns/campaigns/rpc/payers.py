"""Show who pays for a campaign."""

from services.campaigns.campaigns.storage.rows import Campaign


def payer_fields(campaign: Campaign) -> dict[str, object]:
    """Return the fields of the contract that say who pays for a campaign."""
    payer = campaign.paid_by
    if payer is None:
        return {"payer": None, "payer_user_id": None}
    if payer == campaign.org_id:
        return {"payer": "organisation", "payer_user_id": None}
    return {"payer": "member", "payer_user_id": payer}
