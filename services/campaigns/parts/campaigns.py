"""Build the campaigns package."""

import grpc

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.service import Kit
from services.campaigns.campaigns.jobs.planner import Planner
from services.campaigns.campaigns.rpc.campaign_test_sends import CampaignTestSendRpc
from services.campaigns.campaigns.rpc.campaigns import CampaignRpc
from services.campaigns.campaigns.rpc.quick_quote import QuickQuoteRpc
from services.campaigns.campaigns.rpc.quick_send import QuickSendRpc
from services.campaigns.campaigns.rpc.results import CampaignResultRpc
from services.campaigns.campaigns.usecases.plan_turn import PlanOptions, PlanTurn
from services.campaigns.campaigns.usecases.quote_campaign import QuoteCampaign
from services.campaigns.parts.clients import Clients
from services.campaigns.settings import CampaignsSettings
from smsblaster.campaigns.v1 import (
    campaigns_pb2_grpc,
    quick_quote_pb2_grpc,
    quick_send_pb2_grpc,
    results_pb2_grpc,
    trials_pb2_grpc,
)


def build_planner(database: Database, clients: Clients, settings: CampaignsSettings) -> Planner:
    """Build the planner of running campaigns."""
    options = PlanOptions(
        window=settings.plan_window,
        chunk_size=settings.chunk_size,
        lease_seconds=settings.lease_seconds,
        failure_rate=settings.pause_at_failure_rate,
    )
    plan_turn = PlanTurn(database, clients.audiences, clients.dispatch, options)
    return Planner(database, plan_turn, settings.lease_seconds)


def register_campaigns(
    kit: Kit, clients: Clients, cursors: CursorCodec, server: grpc.aio.Server
) -> None:
    """Add the servicers of campaigns and of single messages to `server`."""
    database, contacts, messages = kit.database, clients.contacts, clients.messages
    campaigns_pb2_grpc.add_CampaignServiceServicer_to_server(
        CampaignRpc(database, cursors, contacts, clients.dispatch, clients.audiences), server
    )
    results_pb2_grpc.add_CampaignResultServiceServicer_to_server(
        CampaignResultRpc(database, clients.results), server
    )
    quote = QuoteCampaign(database, clients.audiences, clients.dispatch, clients.quotes)
    trials_pb2_grpc.add_CampaignTrialServiceServicer_to_server(
        CampaignTestSendRpc(database, messages, quote), server
    )
    quick_quote_pb2_grpc.add_QuickQuoteServiceServicer_to_server(
        QuickQuoteRpc(database, clients.quotes), server
    )
    quick_send_pb2_grpc.add_QuickSendServiceServicer_to_server(
        QuickSendRpc(database, contacts, messages), server
    )
