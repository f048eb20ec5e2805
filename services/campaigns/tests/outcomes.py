"""Test helper: set the results of messages, as delivery reports do."""

from sqlalchemy import text

from services.campaigns.tests.organisation import Neighbours

_SET = text("""
UPDATE sms_messages SET status = :status, error_code = :code, delivered_at =
  CASE WHEN :status = 'delivered' THEN now() END
WHERE campaign_id = :campaign_id AND to_number = :phone
""")


async def fate(
    neighbours: Neighbours, campaign_id: str, phone: str, status: str, code: int | None = None
) -> None:
    """Set status and error code of the campaign's message to `phone`."""
    async with neighbours.messaging_database.system() as connection:
        await connection.execute(
            _SET, {"campaign_id": campaign_id, "phone": phone, "status": status, "code": code}
        )
