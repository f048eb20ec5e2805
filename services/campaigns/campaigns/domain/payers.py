"""Who pays for a campaign."""

from uuid import UUID

from services.campaigns.common.domain.terms import Terms


def payer_id(terms: Terms, org_id: UUID, user_id: UUID) -> UUID:
    """Return who pays for a campaign that a user starts or schedules under `terms`.

    It is the user, whoever created the campaign, or the organisation's id: then the balance that
    all members share pays. The campaign keeps its payer until it is over.
    """
    return org_id if terms.payer == "organisation" else user_id
