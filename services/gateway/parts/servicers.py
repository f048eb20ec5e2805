"""Build the services of the contract that the gateway implements itself."""

from collections.abc import Mapping
from functools import partial

import grpc

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.rpc.client import RpcClient
from servicekit.vault import Vault, envelope_of, key_ids_of
from services.gateway.http.names import fill_names_of
from services.gateway.providers.account_preparation import AccountPreparation
from services.gateway.providers.ledger import Ledger
from services.gateway.providers.organisations import OrganisationSources
from services.gateway.providers.overview import OverviewSources
from services.gateway.providers.stored_data import StoredData
from services.gateway.rpc.admin_keys import ApiKeyAdminRpc, PlatformKeyRpc
from services.gateway.rpc.api_keys import ApiKeyService
from services.gateway.rpc.audit import AuditService
from services.gateway.rpc.auth import AuthService
from services.gateway.rpc.closings import ClosingAdminRpc, OrganisationClosingRpc
from services.gateway.rpc.credentials import CredentialService
from services.gateway.rpc.dashboard import DashboardRpc
from services.gateway.rpc.erasures import ErasureRpc
from services.gateway.rpc.invitations import InvitationService
from services.gateway.rpc.modes import ModeRpc
from services.gateway.rpc.organisation import OrganisationService
from services.gateway.rpc.organisation_admin import OrganisationAdminRpc
from services.gateway.rpc.organisation_export import OrganisationExportRpc
from services.gateway.rpc.profile import ProfileService
from services.gateway.rpc.recovery import RecoveryService
from services.gateway.rpc.request_log import RequestLogRpc
from services.gateway.rpc.second_factor import SecondFactorService
from services.gateway.rpc.sessions import SessionService
from services.gateway.rpc.stream import StreamService
from services.gateway.rpc.transaction_export import TransactionExportRpc
from services.gateway.rpc.user_admin import UserAdminService
from services.gateway.settings import GatewaySettings
from services.gateway.storage.session_tokens import SessionTokens
from services.gateway.storage.signing_keys import SigningKeys
from services.gateway.stream.access import open_stream_of
from services.gateway.support.password_check import PasswordCheck
from services.gateway.support.prepare_test_mode import PrepareTestMode
from services.gateway.support.second_factor_check import SecondFactorCheck
from services.gateway.usecases.accept_invitation import AcceptInvitation
from services.gateway.usecases.change_email import ChangeEmail
from services.gateway.usecases.change_password import ChangePassword
from services.gateway.usecases.change_second_factor import ChangeSecondFactor
from services.gateway.usecases.close_organisation import CloseOrganisation
from services.gateway.usecases.end_sessions import EndSessions
from services.gateway.usecases.export_organisation import ExportOrganisation
from services.gateway.usecases.manage_api_keys import ManageApiKeys
from services.gateway.usecases.manage_invitations import ManageInvitations
from services.gateway.usecases.manage_members import ManageMembers
from services.gateway.usecases.recover_account import RecoverAccount
from services.gateway.usecases.register import Register
from services.gateway.usecases.request_erasure import RequestErasure
from services.gateway.usecases.reset_second_factor import ResetSecondFactor
from services.gateway.usecases.sessions import Sessions
from services.gateway.usecases.set_up_second_factor import SetUpSecondFactor
from services.gateway.usecases.set_user_status import SetUserStatus
from services.gateway.usecases.sign_in import SignIn
from services.gateway.usecases.start_test_mode import StartTestMode
from services.gateway.usecases.update_organisation import UpdateOrganisation
from services.gateway.usecases.update_profile import UpdateProfile


class Servicers:
    """Builds the services."""

    def __init__(
        self,
        settings: GatewaySettings,
        database: Database,
        rpc: RpcClient,
        channels: Mapping[str, grpc.aio.Channel],
        keys: SigningKeys,
    ) -> None:
        self._settings = settings
        self._database = database
        self._rpc = rpc
        self._channels = channels
        self._keys = keys
        self._tokens = SessionTokens(keys, settings.session_length())
        self._cursors = CursorCodec(settings.token_key())

    def all(self) -> Mapping[str, object]:
        """Return every service, keyed by its full name."""
        database, rpc = self._database, self._rpc
        identity = {
            **self._sign_in(),
            **self._organisation(),
            **self._keys_and_test_mode(),
            **self._end_of_data(),
        }
        return {
            **{f"smsblaster.identity.v1.{name}": servicer for name, servicer in identity.items()},
            "smsblaster.audit.v1.AuditService": AuditService(database, self._cursors),
            "smsblaster.audit.v1.RequestLogService": RequestLogRpc(database, self._cursors),
            "smsblaster.stream.v1.StreamService": StreamService(
                open_stream_of(database, self._settings),
                self._settings.stream_url(),
            ),
            "smsblaster.billing.v1.TransactionExportService": TransactionExportRpc(
                Ledger(rpc, self._channels["billing"]), partial(fill_names_of, database)
            ),
            "smsblaster.dashboard.v1.DashboardService": DashboardRpc(
                database, OverviewSources(rpc, self._channels)
            ),
        }

    def _organisation(self) -> Mapping[str, object]:
        """Return the services for organisations and their members."""
        database, cursors = self._database, self._cursors
        return {
            "ProfileService": ProfileService(database, UpdateProfile(database)),
            "RecoveryService": RecoveryService(RecoverAccount(database)),
            "OrganisationService": OrganisationService(
                database, cursors, UpdateOrganisation(database), ManageMembers(database)
            ),
            "InvitationService": InvitationService(
                database,
                cursors,
                ManageInvitations(database),
                AcceptInvitation(database, self._tokens),
            ),
            "OrganisationAdminService": OrganisationAdminRpc(
                database, cursors, OrganisationSources(self._rpc, self._channels)
            ),
            "UserAdminService": UserAdminService(
                database, cursors, SetUserStatus(database), ResetSecondFactor(database)
            ),
        }

    def _end_of_data(self) -> Mapping[str, object]:
        """Return the services that erase people, and copy and close organisations."""
        database, cursors = self._database, self._cursors
        closing = CloseOrganisation(database, self._settings.closing_days)
        return {
            "ErasureService": ErasureRpc(database, cursors, RequestErasure(database)),
            "OrganisationClosingService": OrganisationClosingRpc(database, closing),
            "ClosingAdminService": ClosingAdminRpc(database, cursors, closing),
            "OrganisationExportService": OrganisationExportRpc(
                cursors, ExportOrganisation(database, StoredData(self._rpc, self._channels))
            ),
        }

    def _keys_and_test_mode(self) -> Mapping[str, object]:
        """Return the services for keys and test mode."""
        database = self._database
        accounts = AccountPreparation(self._rpc, self._channels["messaging"])
        prepare = PrepareTestMode(database, accounts)
        manage = ManageApiKeys(database, prepare)
        return {
            "ApiKeyService": ApiKeyService(database, self._cursors, manage),
            "ApiKeyAdminService": ApiKeyAdminRpc(database, self._cursors, manage),
            "PlatformKeyService": PlatformKeyRpc(self._keys, key_ids_of(self._settings)),
            "TestModeService": ModeRpc(StartTestMode(database, prepare, self._tokens)),
        }

    def _sign_in(self) -> Mapping[str, object]:
        """Return the services for sessions, passwords and second factors."""
        database, tokens, settings = self._database, self._tokens, self._settings
        passwords, vault = PasswordCheck(database), Vault(envelope_of(settings))
        codes = SecondFactorCheck(database, vault)
        return {
            "AuthService": AuthService(
                Register(database, tokens),
                SignIn(database, passwords, codes, tokens),
                Sessions(database, tokens, settings.token_keys()),
            ),
            "SessionService": SessionService(
                database, self._cursors, tokens.longest, EndSessions(database)
            ),
            "CredentialService": CredentialService(
                ChangePassword(database, passwords), ChangeEmail(database, passwords)
            ),
            "SecondFactorService": SecondFactorService(
                database,
                SetUpSecondFactor(database, vault, passwords),
                ChangeSecondFactor(database, passwords, codes),
                ResetSecondFactor(database),
                operators_need_it=settings.operator_second_factor,
            ),
        }
