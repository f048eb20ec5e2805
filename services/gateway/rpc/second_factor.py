"""Serve ``SecondFactorService``: two-step sign-in."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.identity import current
from servicekit.rpc.server import Context
from services.gateway.domain.users import OPERATOR
from services.gateway.storage import orgs, second_factors
from services.gateway.usecases.change_second_factor import ChangeSecondFactor
from services.gateway.usecases.reset_second_factor import ResetSecondFactor
from services.gateway.usecases.set_up_second_factor import SetUpSecondFactor
from smsblaster.identity.v1 import second_factor_pb2, second_factor_pb2_grpc


class SecondFactorService(second_factor_pb2_grpc.SecondFactorServiceServicer):
    """Implements ``identity/v1/second_factor.proto``."""

    def __init__(
        self,
        database: Database,
        setup: SetUpSecondFactor,
        changes: ChangeSecondFactor,
        resets: ResetSecondFactor,
        *,
        operators_need_it: bool,
    ) -> None:
        self._database = database
        self._setup = setup
        self._changes = changes
        self._resets = resets
        self._operators_need_it = operators_need_it

    async def GetSecondFactor(
        self, request: second_factor_pb2.GetSecondFactorRequest, context: Context
    ) -> second_factor_pb2.SecondFactor:
        """Return whether the caller's second factor is on, and how many recovery codes are left."""
        caller = current()
        org_id, user_id = caller.require_org(), caller.require_user()
        async with self._database.org(org_id) as connection:
            org = await orgs.get(connection, org_id)
            factor = await second_factors.find_confirmed(connection, org_id, user_id)
            codes_left = await second_factors.codes_left(connection, org_id, user_id)
        for_operators = self._operators_need_it and OPERATOR in caller.roles
        answer = second_factor_pb2.SecondFactor(
            is_on=factor is not None,
            is_required=org.second_factor_required or for_operators,
            recovery_codes_left=codes_left,
        )
        if factor is not None and factor.confirmed_at is not None:
            answer.turned_on_at.FromDatetime(factor.confirmed_at)
        return answer

    async def BeginSecondFactor(
        self, request: second_factor_pb2.BeginSecondFactorRequest, context: Context
    ) -> second_factor_pb2.SecondFactorSetup:
        """Create the secret of a new second factor, which a code must confirm."""
        setup = await self._setup.begin(current(), request.password)
        return second_factor_pb2.SecondFactorSetup(secret=setup.secret, uri=setup.uri)

    async def ConfirmSecondFactor(
        self, request: second_factor_pb2.ConfirmSecondFactorRequest, context: Context
    ) -> second_factor_pb2.RecoveryCodes:
        """Turn the caller's second factor on with a first code, and return the recovery codes."""
        codes = await self._setup.confirm(current(), request.code)
        return second_factor_pb2.RecoveryCodes(codes=codes)

    async def TurnOffSecondFactor(
        self, request: second_factor_pb2.TurnOffSecondFactorRequest, context: Context
    ) -> second_factor_pb2.TurnOffSecondFactorResponse:
        """Turn the caller's second factor off."""
        await self._changes.turn_off(current(), request.password, request.code)
        return second_factor_pb2.TurnOffSecondFactorResponse()

    async def ReplaceRecoveryCodes(
        self, request: second_factor_pb2.ReplaceRecoveryCodesRequest, context: Context
    ) -> second_factor_pb2.RecoveryCodes:
        """Replace the caller's recovery codes, and return the new codes."""
        codes = await self._changes.new_codes(current(), request.password, request.code)
        return second_factor_pb2.RecoveryCodes(codes=codes)

    async def ResetMemberSecondFactor(
        self, request: second_factor_pb2.ResetMemberSecondFactorRequest, context: Context
    ) -> second_factor_pb2.ResetMemberSecondFactorResponse:
        """Turn off the second factor of a member, who may have lost the app."""
        await self._resets.reset_of_member(current(), UUID(request.user_id))
        return second_factor_pb2.ResetMemberSecondFactorResponse()
