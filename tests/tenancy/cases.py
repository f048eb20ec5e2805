"""How each route of the contract is asked for a thing of another organisation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.fixtures.a2p import A2P_CAMPAIGN


@dataclass(frozen=True)
class Belongings:
    """The ids of one organisation's things."""

    org_id: str
    token: str
    ids: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.ids[name]


@dataclass(frozen=True)
class Case:
    """How to name a foreign thing on a route: path variables, body, query, or a form to upload.

    Each is made from the caller's own and the other organisation's belongings.
    """

    path: Callable[[Belongings], Mapping[str, str]] = lambda _: {}
    body: Callable[[Belongings, Belongings], Mapping[str, Any] | None] = lambda _m, _t: None
    query: Callable[[Belongings], Mapping[str, str]] = lambda _: {}
    form: Callable[[Belongings], Mapping[str, str]] | None = None


def by_path(thing: str, variable: str = "id", /, **body: Any) -> Case:
    """A case that names the foreign thing in the path."""
    return Case(path=lambda theirs: {variable: theirs[thing]}, body=lambda _m, _t: body or None)


CASES: Mapping[str, tuple[Case, ...]] = {
    "CampaignService.CreateCampaign": (
        Case(body=lambda _, t: {"name": "x", "message": "x", "listId": t["list"]}),
        Case(body=lambda m, t: {"name": "x", "templateId": t["template"], "listId": m["list"]}),
    ),
    "CampaignService.GetCampaign": (by_path("campaign"),),
    "CampaignService.UpdateCampaign": (
        by_path("campaign", name="x"),
        Case(path=lambda t: {"id": "mine:campaign"}, body=lambda _, t: {"listId": t["list"]}),
        Case(
            path=lambda t: {"id": "mine:campaign"}, body=lambda _, t: {"templateId": t["template"]}
        ),
    ),
    "CampaignService.DeleteCampaign": (by_path("campaign"),),
    "CampaignService.DuplicateCampaign": (by_path("campaign"),),
    "CampaignService.SendCampaign": (by_path("campaign"),),
    "CampaignService.PauseCampaign": (by_path("campaign"),),
    "CampaignService.ResumeCampaign": (by_path("campaign"),),
    "CampaignService.GetCampaignMetrics": (by_path("campaign"),),
    "CampaignService.CancelCampaign": (by_path("campaign"),),
    "CampaignService.RetryFailed": (by_path("campaign"),),
    "CampaignResultService.ListCampaignResults": (by_path("campaign"),),
    "CampaignResultService.ExportCampaignResults": (by_path("campaign"),),
    "CampaignResultService.ListCampaignErrors": (by_path("campaign"),),
    "CampaignTrialService.TestCampaign": (by_path("campaign", to="+12126000009"),),
    "CampaignTrialService.QuoteCampaign": (by_path("campaign"),),
    "MessageService.GetMessage": (by_path("message"),),
    "HistoryService.ListHistory": (
        Case(query=lambda t: {"campaignId": t["sent_campaign"]}),
        Case(query=lambda t: {"contactId": t["contact"]}),
    ),
    "HistoryService.ExportHistory": (
        Case(query=lambda t: {"campaignId": t["sent_campaign"]}),
        Case(query=lambda t: {"contactId": t["contact"]}),
    ),
    "ExportService.CreateExport": (
        Case(body=lambda _, t: {"campaignId": t["sent_campaign"]}),
        Case(body=lambda _, t: {"contactId": t["contact"]}),
    ),
    "ExportService.GetExport": (by_path("export"),),
    "AnalyticsService.GetCampaignAnalytics": (by_path("sent_campaign"),),
    "QuickQuoteService.QuoteText": (Case(body=lambda _, t: {"templateId": t["template"]}),),
    "QuickSendService.SendText": (
        Case(body=lambda _, t: {"to": "+12126000009", "templateId": t["template"]}),
        Case(body=lambda _, t: {"contactId": t["contact"], "message": "x"}),
    ),
    "TemplateService.GetTemplate": (by_path("template"),),
    "TemplateService.UpdateTemplate": (by_path("template", name="x"),),
    "TemplateService.DeleteTemplate": (by_path("template"),),
    "ContactService.GetContact": (by_path("contact"),),
    "ContactService.UpdateContact": (by_path("contact", firstName="x"),),
    "ContactService.DeleteContact": (by_path("contact"),),
    "ContactService.OptOutContact": (by_path("contact"),),
    "ContactService.OptInContact": (by_path("contact"),),
    "ContactService.TagContacts": (
        Case(body=lambda m, t: {"contactIds": [m["contact"], t["contact"]], "add": ["x"]}),
    ),
    "ContactService.ListContacts": (Case(query=lambda t: {"listId": t["list"]}),),
    "ContactListService.GetList": (by_path("list"),),
    "ContactListService.UpdateList": (by_path("list", name="x"),),
    "ContactListService.DeleteList": (by_path("list"),),
    "ContactListService.AddMembers": (
        Case(path=lambda t: {"id": t["list"]}, body=lambda m, _: {"contactIds": [m["contact"]]}),
        Case(path=lambda _: {"id": "mine:list"}, body=lambda _, t: {"contactIds": [t["contact"]]}),
    ),
    "ContactListService.RemoveMembers": (
        Case(path=lambda t: {"id": t["list"]}, body=lambda _, t: {"contactIds": [t["contact"]]}),
    ),
    "ImportJobService.CreateImportJob": (Case(form=lambda t: {"listId": t["list"]}),),
    "ImportJobService.GetImportJob": (by_path("import_job"),),
    "TransferService.ImportContacts": (Case(form=lambda t: {"listId": t["list"]}),),
    "TransferService.ExportContacts": (Case(query=lambda t: {"listId": t["list"]}),),
    "NumberService.ReleaseNumber": (by_path("number", "sid"),),
    "MessagingServiceService.AddNumber": (
        Case(path=lambda t: {"sid": t["service"]}, body=lambda m, _: {"phoneSid": m["number"]}),
        Case(path=lambda _: {"sid": "mine:service"}, body=lambda _, t: {"phoneSid": t["number"]}),
    ),
    "MessagingServiceService.UpdateMessagingService": (
        by_path("service", "sid", stickySender=False),
    ),
    "RegistrationService.CreateA2pCampaign": (
        Case(body=lambda _, t: {**A2P_CAMPAIGN, "brandSid": t["brand"]}),
    ),
    "RegistrationService.ResubmitA2pCampaign": (by_path("a2p_campaign", "campaignSid"),),
    "RegistrationService.LinkA2pCampaign": (
        Case(
            path=lambda t: {"campaignSid": t["a2p_campaign"]},
            body=lambda m, _: {"messagingServiceSid": m["service"]},
        ),
        Case(
            path=lambda _: {"campaignSid": "mine:a2p_campaign"},
            body=lambda _, t: {"messagingServiceSid": t["service"]},
        ),
    ),
    "ThreadService.ListThreads": (Case(query=lambda t: {"contactId": t["contact"]}),),
    "ThreadService.GetThread": (by_path("contact", "contactId"),),
    "OrganisationService.UpdateMember": (by_path("user", "userId", role="member"),),
    "OrganisationService.RemoveMember": (by_path("user", "userId"),),
    "InvitationService.RevokeInvitation": (by_path("invitation"),),
    "ApiKeyService.RevokeApiKey": (by_path("api_key"),),
    "AuditService.ListAudit": (Case(query=lambda t: {"userId": t["user"]}),),
    "ThreadService.MarkThreadRead": (by_path("contact", "contactId"),),
    "ThreadService.ArchiveThread": (by_path("contact", "contactId"),),
    "ThreadService.UnarchiveThread": (by_path("contact", "contactId"),),
    "InboxService.MarkMessage": (by_path("message", read=True),),
    "InboxService.Reply": (Case(body=lambda _, t: {"contactId": t["contact"], "message": "x"}),),
    "InboxService.SearchMessages": (Case(query=lambda t: {"q": "x", "contactId": t["contact"]}),),
}
