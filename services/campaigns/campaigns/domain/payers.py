"""Who pays for a campaign."""

from uuid import UUID

from services.campaigns.common.domain.terms import Terms


def payer_id(terms: Terms, org_id: UUID, user_id: UUID) -> UUID:
    """Return the id of the payer of a campaign that a user starts or schedules under `terms`.

    This is the user, even if another user created the campaign. It is the organisation's id if the
    organisation's own balance pays. The campaign keeps its payer until it ends.
    """
    return org_id if terms.payer == "organisation" else user_id
