"""Requests that Stripe refuses raise errors of the platform."""

import pytest

from servicekit.errors import NotFound, Unavailable
from servicekit.ids import new_id
from services.billing.providers.stripe_api import StripeApi
from services.billing.providers.stripe_forms import CheckoutRequest


async def test_if_stripe_refuses_a_checkout_the_error_is_unavailable(
    stripe_api: StripeApi,
) -> None:
    order = CheckoutRequest(new_id(), new_id(), -1, "usd", "http://localhost")
    with pytest.raises(Unavailable) as caught:
        await stripe_api.open_checkout(order)
    assert caught.value.code == "provider_unavailable"


async def test_looking_up_a_payment_that_stripe_does_not_know_raises_not_found(
    stripe_api: StripeApi,
) -> None:
    with pytest.raises(NotFound):
        await stripe_api.payment("pi_nowhere")
