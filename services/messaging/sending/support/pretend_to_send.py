"""Hand over test messages to nobody.

This module has no HTTP client, no account and no credentials, and imports none. A contract in
``.importlinter`` keeps it so.
"""

from collections.abc import Sequence

from services.messaging.sending.domain.magic_numbers import provider_sid_of, scenario_of
from services.messaging.sending.domain.outcomes import Outcome, Verdict
from services.messaging.sending.domain.outgoing import Clearance, Outgoing


async def pretend_to_send(messages: Sequence[Outgoing], clearance: Clearance) -> Sequence[Outcome]:
    """Return the outcomes that the magic numbers of ``messages`` stand for, in the same order.

    Nothing is sent. The ``clearance`` is asked as for real messages, so that an opt-out, a hold
    and an expired message have the same outcome.
    """
    return [await _outcome(message, clearance) for message in messages]


async def _outcome(message: Outgoing, clearance: Clearance) -> Outcome:
    while (outcome := await clearance.outcome_of(message)) is None:
        if clearance.allows(message):
            return _pretended(message)
    return outcome


def _pretended(message: Outgoing) -> Outcome:
    scenario = scenario_of(message.to)
    if scenario.refused_at_once:
        return Outcome(message.id, Verdict.REFUSED, error_code=scenario.error_code)
    if scenario.trouble is not None and message.attempts == 1:
        return Outcome(message.id, Verdict.LATER, error_code=scenario.trouble)
    return Outcome(message.id, Verdict.ACCEPTED, provider_sid_of(message.id))
