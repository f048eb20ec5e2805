"""The rule that says whose balance pays."""

from uuid import UUID

from services.billing.domain.ledger import LedgerAccount, Payer

DEFAULT_PAYER: Payer = "member"
"""The payer of organisations that have never chosen one."""


def paying_account(setting: Payer, org_id: UUID, user_id: UUID) -> LedgerAccount:
    """Return the balance that pays for what a user sends or buys now. ``setting`` decides.

    A campaign that was started earlier keeps the payer that is stored with it, and a refund goes to
    the balance that was charged.
    """
    return (
        organisation_account(org_id)
        if setting == "organisation"
        else LedgerAccount(org_id, user_id)
    )


def organisation_account(org_id: UUID) -> LedgerAccount:
    """Return the balance that all members of the organisation share."""
    return LedgerAccount(org_id, org_id)
