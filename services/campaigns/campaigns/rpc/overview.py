"""Serve ``CampaignOverviewService``: the campaigns that are not finished, for the dashboard."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from servicekit import identity
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.campaigns.campaigns.domain.reasons import reason_message
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import overview
from services.campaigns.campaigns.storage.overview import LEFT, Current
from services.campaigns.common.domain.metrics import Outcomes, metrics
from smsblaster.campaigns.v1 import overview_pb2, overview_pb2_grpc

_EACH = 5


class CampaignOverviewRpc(overview_pb2_grpc.CampaignOverviewServiceServicer):
    """Shows the campaigns that run, wait or need a decision."""

    def __init__(self, database: Database, dispatch: Dispatch) -> None:
        self._database = database
        self._dispatch = dispatch

    async def GetCampaignOverview(
        self, request: overview_pb2.GetCampaignOverviewRequest, context: Context
    ) -> overview_pb2.CampaignOverview:
        """Return the campaigns that run, wait or need a decision."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            found = await overview.current(connection, org_id, _EACH)
        started = [each.id for each in found if each.started_at]
        outcomes = await self._dispatch.outcomes_of(started) if started else {}
        return overview_pb2.CampaignOverview(
            running=_group("running", found, outcomes),
            paused=_group("paused", found, outcomes),
            scheduled=_group("scheduled", found, outcomes),
            left_by_removed_members=_group(LEFT, found, outcomes),
        )


def _group(
    kind: str, found: Sequence[Current], outcomes: Mapping[UUID, Outcomes]
) -> overview_pb2.CampaignGroup:
    mine = [each for each in found if each.kind == kind]
    items = [_progress(each, outcomes.get(each.id, Outcomes())) for each in mine]
    return overview_pb2.CampaignGroup(total=mine[0].total if mine else 0, items=items)


def _progress(campaign: Current, outcomes: Outcomes) -> overview_pb2.CampaignProgress:
    counts = metrics(outcomes.with_earlier(campaign.opted_out_count, campaign.invalid_count))
    answer = fill(overview_pb2.CampaignProgress(), counts, processed=counts["recipients"])
    message = reason_message(campaign.status_reason)
    return fill(answer, campaign, status_message=message)
