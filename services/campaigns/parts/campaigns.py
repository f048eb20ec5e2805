"""Build the campaigns package."""

import grpc

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.service import Kit
from services.campaigns.campaigns.jobs.planner import Planner
from services.campaigns.campaigns.rpc.campaign_names import CampaignNameRpc
from services.campaigns.campaigns.rpc.campaign_test_sends import CampaignTestSendRpc
from services.campaigns.campaigns.rpc.campaigns import CampaignRpc, CampaignUseCases
from services.campaigns.campaigns.rpc.list_deletion import ListDeletionRpc
from services.campaigns.campaigns.rpc.list_uses import ListUseRpc
from services.campaigns.campaigns.rpc.overview import CampaignOverviewRpc
from services.campaigns.campaigns.rpc.quick_quote import QuickQuoteRpc
from services.campaigns.campaigns.rpc.quick_send import QuickSendRpc
from services.campaigns.campaigns.rpc.results import CampaignResultRpc
from services.campaigns.campaigns.support.describe_campaigns import DescribeCampaigns
from services.campaigns.campaigns.support.fill_batch import FillBatch
from services.campaigns.campaigns.usecases.cancel_campaign import CancelCampaign
from services.campaigns.campaigns.usecases.create_campaign import CreateCampaign
from services.campaigns.campaigns.usecases.delete_campaign import DeleteCampaign
from services.campaigns.campaigns.usecases.delete_list import DeleteList
from services.campaigns.campaigns.usecases.duplicate_campaign import DuplicateCampaign
from services.campaigns.campaigns.usecases.edit_campaign import EditCampaign
from services.campaigns.campaigns.usecases.pause_campaign import PauseCampaign
from services.campaigns.campaigns.usecases.plan_turn import PlanOptions, PlanTurn
from services.campaigns.campaigns.usecases.quote_campaign import QuoteCampaign
from services.campaigns.campaigns.usecases.resume_campaign import ResumeCampaign
from services.campaigns.campaigns.usecases.retry_failed import RetryFailed
from services.campaigns.campaigns.usecases.send_batch import SendBatch
from services.campaigns.campaigns.usecases.send_test_message import SendTestMessage
from services.campaigns.campaigns.usecases.send_text import SendText
from services.campaigns.campaigns.usecases.start_campaign import StartCampaign
from services.campaigns.parts.clients import Clients
from services.campaigns.settings import CampaignsSettings
from smsblaster.campaigns.v1 import (
    campaigns_pb2_grpc,
    list_deletion_pb2_grpc,
    list_uses_pb2_grpc,
    names_pb2_grpc,
    overview_pb2_grpc,
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
    database, messages = kit.database, clients.messages
    fill = FillBatch(database, clients.contacts)
    describe = DescribeCampaigns(database, clients.contacts, clients.dispatch)
    campaigns_pb2_grpc.add_CampaignServiceServicer_to_server(
        CampaignRpc(database, cursors, clients.dispatch, describe, _use_cases(database, clients)),
        server,
    )
    names_pb2_grpc.add_CampaignNameServiceServicer_to_server(CampaignNameRpc(database), server)
    results_pb2_grpc.add_CampaignResultServiceServicer_to_server(
        CampaignResultRpc(database, clients.results), server
    )
    overview_pb2_grpc.add_CampaignOverviewServiceServicer_to_server(
        CampaignOverviewRpc(database, clients.dispatch), server
    )
    quote = QuoteCampaign(database, clients.dispatch, clients.prices)
    trials_pb2_grpc.add_CampaignTrialServiceServicer_to_server(
        CampaignTestSendRpc(SendTestMessage(database, messages), quote), server
    )
    quick_quote_pb2_grpc.add_QuickQuoteServiceServicer_to_server(
        QuickQuoteRpc(database, fill, clients.quotes), server
    )
    list_deletion_pb2_grpc.add_ListDeletionServiceServicer_to_server(
        ListDeletionRpc(DeleteList(database, clients.contacts)), server
    )
    list_uses_pb2_grpc.add_ListUseServiceServicer_to_server(ListUseRpc(database), server)
    quick_send_pb2_grpc.add_QuickSendServiceServicer_to_server(
        QuickSendRpc(
            SendText(database, clients.contacts, messages), SendBatch(database, fill, messages)
        ),
        server,
    )


def _use_cases(database: Database, clients: Clients) -> CampaignUseCases:
    contacts, dispatch = clients.contacts, clients.dispatch
    return CampaignUseCases(
        create=CreateCampaign(database, contacts, dispatch),
        edit=EditCampaign(database, contacts, dispatch),
        delete=DeleteCampaign(database, dispatch),
        duplicate=DuplicateCampaign(database, dispatch),
        start=StartCampaign(database, contacts, dispatch),
        pause=PauseCampaign(database, dispatch),
        resume=ResumeCampaign(database, dispatch),
        cancel=CancelCampaign(database, dispatch),
        retry=RetryFailed(database, clients.audiences, dispatch),
    )
