"""Wire up the registration of organisations with the US carriers (A2P 10DLC)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import grpc

from servicekit.jobs import Job
from services.messaging.accounts.providers.twilio_control import TwilioControl
from services.messaging.accounts.support.sender_pool import SenderPool
from services.messaging.accounts.support.setup_lease import SetupLeases
from services.messaging.common.providers.twilio_http import TwilioHttp
from services.messaging.parts.account_care import master_of
from services.messaging.parts.pipeline import Pipeline
from services.messaging.registration.jobs.advance_registrations import AdvanceRegistrations
from services.messaging.registration.providers.registration_fees import RegistrationFees
from services.messaging.registration.providers.twilio_a2p import TwilioA2p
from services.messaging.registration.providers.twilio_trust_hub import Policies, TwilioTrustHub
from services.messaging.registration.rpc.registrations import RegistrationRpc
from services.messaging.registration.support.brand_steps import BrandSteps
from services.messaging.registration.usecases.advance_brand import AdvanceBrand
from services.messaging.registration.usecases.advance_campaign import AdvanceCampaign
from services.messaging.registration.usecases.link_a2p_campaign import LinkA2pCampaign
from services.messaging.registration.usecases.save_draft import SaveDraft
from services.messaging.registration.usecases.submit_a2p_campaign import SubmitA2pCampaign
from services.messaging.registration.usecases.submit_brand import SubmitBrand
from services.messaging.settings import MessagingSettings
from smsblaster.messaging.v1 import a2p_pb2_grpc


@dataclass(frozen=True, slots=True)
class Registrations:
    """The objects that register brands and A2P campaigns, which RPC methods and the job use."""

    pipeline: Pipeline
    http: TwilioHttp
    a2p: TwilioA2p
    brands: AdvanceBrand
    campaigns: AdvanceCampaign
    fees: RegistrationFees

    @classmethod
    def build(cls, pipeline: Pipeline, settings: MessagingSettings) -> "Registrations":
        """Build the objects from the settings."""
        database, accounts, http = pipeline.kit.database, pipeline.accounts, TwilioHttp()
        leases = SetupLeases(database)
        hub = TwilioTrustHub(master_of(settings), http)
        a2p = TwilioA2p(settings.twilio_base_url, http)
        policies = Policies(
            settings.a2p_primary_policy, settings.a2p_secondary_policy, settings.a2p_policy
        )
        webhook_url = f"{settings.public_webhooks_url}/api/webhooks/twilio-compliance"
        steps = BrandSteps(hub, a2p, policies, webhook_url)
        return cls(
            pipeline,
            http,
            a2p,
            AdvanceBrand(database, accounts, leases, steps, hub, a2p),
            AdvanceCampaign(database, accounts, leases, a2p),
            RegistrationFees(
                pipeline.kit.rpc,
                pipeline.charge_stub,
                {"brand": settings.a2p_brand_cents, "campaign": settings.a2p_campaign_cents},
            ),
        )


def register_registrations(
    registrations: Registrations, control: TwilioControl, server: grpc.aio.Server
) -> None:
    """Add ``RegistrationService`` to the gRPC server."""
    pipeline = registrations.pipeline
    database, accounts = pipeline.kit.database, pipeline.accounts
    a2p_pb2_grpc.add_RegistrationServiceServicer_to_server(
        RegistrationRpc(
            database,
            SaveDraft(database),
            SubmitBrand(database, accounts, registrations.brands, registrations.fees),
            SubmitA2pCampaign(database, registrations.campaigns, registrations.fees),
            LinkA2pCampaign(
                database, accounts, registrations.a2p, SenderPool(database, control, accounts)
            ),
            registrations.fees,
        ),
        server,
    )


def registration_jobs(registrations: Registrations) -> Sequence[Job]:
    """Return the job that advances registrations."""
    advance = AdvanceRegistrations(
        registrations.pipeline.kit.database, registrations.brands, registrations.campaigns
    )
    return [Job("a2p-progress", advance.run, every=timedelta(minutes=1))]
