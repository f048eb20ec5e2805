"""The balance and what changed it."""

from collections.abc import Iterator

from smsblaster.answers import PAGE, Id, answer, given, optional_id, pages
from smsblaster.generated.api.operations import get_balance, list_transactions
from smsblaster.generated.client import AuthenticatedClient
from smsblaster.generated.models.balance import Balance
from smsblaster.generated.models.transaction import Transaction
from smsblaster.generated.models.transaction_type_input import TransactionTypeInput


class Billing:
    """The balance and what changed it. Amounts are integer cents."""

    def __init__(self, api: AuthenticatedClient) -> None:
        self._api = api

    def balance(self) -> Balance:
        """Return the balance that pays for what the key's user sends."""
        return answer(get_balance.sync(client=self._api))

    def transactions(
        self, *, type_: TransactionTypeInput | None = None, campaign_id: Id | None = None
    ) -> Iterator[Transaction]:
        """Yield charges, refunds and top-ups, newest first."""
        return pages(
            lambda cursor: answer(
                list_transactions.sync(
                    client=self._api,
                    limit=PAGE,
                    cursor=cursor,
                    type_=given(type_),
                    campaign_id=optional_id(campaign_id),
                )
            )
        )
