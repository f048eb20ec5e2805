"""What became of a campaign's messages, as callbacks would have told messaging."""

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
    """Let the campaign's text to ``phone`` end as ``status``, with Twilio's error ``code``."""
    async with neighbours.messaging_database.system() as connection:
        await connection.execute(
            _SET, {"campaign_id": campaign_id, "phone": phone, "status": status, "code": code}
        )
