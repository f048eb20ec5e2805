"""Requests to each route of the API with the id of another organisation's object."""

from collections.abc import Mapping
from uuid import uuid4

from tests.fixtures.a2p import A2P_CAMPAIGN
from tests.tenancy.case import Case, by_path, in_event, pair, told_of_event

# The user to remove from an event is not looked up, because they may no longer be a member.
_NOBODY = str(uuid4())
DELETE_ALL = {"action": "delete", "filter": {}, "expectedCount": 0}

# The event is looked up before the retry, so any retry will do.
_RETRY_OF_EVENT = Case(path=lambda t: {"eventId": t["event"], "retryId": _NOBODY})

_NOTIFY = (
    by_path("event", "eventId", notificationType="invitation"),
    told_of_event("templateId", "template", notificationType="rsvp_reminder"),
    told_of_event("attendeeIds", "attendee", notificationType="event_reminder"),
)

_OF_SET = (*in_event("question_set", "setId"), told_of_event("attendeeIds", "attendee"))
_QUOTED_QUESTION_SET = told_of_event(
    "questionSetId", "question_set", notificationType="question_set"
)

CASES: Mapping[str, tuple[Case, ...]] = {
    "CampaignService.CreateCampaign": (
        Case(body=lambda _, t: {"name": "x", "message": "x", "listId": t["list"]}),
        Case(body=lambda m, t: {"name": "x", "templateId": t["template"], "listId": m["list"]}),
    ),
    "CampaignService.ListCampaigns": (Case(query=lambda t: {"templateId": t["template"]}),),
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
    "CheckoutService.GetCheckout": (by_path("checkout", "sessionId"),),
    "NotificationService.MarkNotificationRead": (by_path("notification_id"),),
    "TransferService.TransferBalance": (
        Case(body=lambda _, t: {"fromUserId": t["user"], "amountCents": 1}),
    ),
    "CampaignTrialService.QuoteRetry": (by_path("campaign"),),
    "MessageService.GetMessage": (by_path("message"),),
    "MessageService.RetryMessage": (by_path("message"),),
    "MessageListService.ListMessages": (
        Case(query=lambda t: {"campaignId": t["sent_campaign"]}),
        Case(query=lambda t: {"contactId": t["contact"]}),
    ),
    "MediaService.ListMedia": (by_path("message"),),
    "ScheduledSendService.GetScheduledSend": (by_path("scheduled"),),
    "ScheduledSendService.CancelScheduledSend": (by_path("scheduled"),),
    "ScheduledSendService.ResumeScheduledSend": (by_path("scheduled"),),
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
    "QuickSendService.SendBatch": (
        Case(body=lambda _, t: {"numbers": ["+12126000009"], "templateId": t["template"]}),
        Case(
            body=lambda _, t: {
                "recipients": [{"to": "+12126000009"}],
                "templateId": t["template"],
            }
        ),
    ),
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
    "ContactService.CountContacts": (Case(query=lambda t: {"listId": t["list"]}),),
    "ContactMergeService.MergeContacts": (
        by_path("contact", mergedId=_NOBODY),
        Case(path=lambda _: {"id": "mine:contact"}, body=lambda _, t: {"mergedId": t["contact"]}),
    ),
    "BulkChangeService.CreateBulkChange": (
        Case(body=lambda _, t: {**DELETE_ALL, "filter": {"listId": t["list"]}}),
        Case(body=lambda _, t: {**DELETE_ALL, "action": "add_to_list", "listId": t["list"]}),
    ),
    "ErasureService.GetErasure": (by_path("erasure"),),
    "BulkChangeService.GetBulkChange": (by_path("bulk_change"),),
    "BulkChangeService.CancelBulkChange": (by_path("bulk_change"),),
    "ContactListService.GetList": (by_path("list"),),
    "ContactListService.UpdateList": (by_path("list", name="x"),),
    "ListDeletionService.DeleteContactList": (by_path("list"),),
    "ContactListService.AddMembers": (
        Case(path=lambda t: {"id": t["list"]}, body=lambda m, _: {"contactIds": [m["contact"]]}),
        Case(path=lambda _: {"id": "mine:list"}, body=lambda _, t: {"contactIds": [t["contact"]]}),
    ),
    "ContactListService.RemoveMembers": (
        Case(path=lambda t: {"id": t["list"]}, body=lambda _, t: {"contactIds": [t["contact"]]}),
    ),
    "ContactListService.RemoveMembersByPost": (
        Case(path=lambda t: {"id": t["list"]}, body=lambda _, t: {"contactIds": [t["contact"]]}),
    ),
    "ImportJobService.CreateImportJob": (Case(form=lambda t: {"listId": t["list"]}),),
    "ImportJobService.GetImportJob": (by_path("import_job"),),
    "ImportJobService.CancelImportJob": (by_path("import_job"),),
    "ImportJobService.ListImportErrors": (by_path("import_job"),),
    "ImportJobService.DownloadFailedRows": (by_path("import_job"),),
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
    "SessionService.EndSession": (by_path("session"),),
    "SecondFactorService.ResetMemberSecondFactor": (by_path("user", "userId"),),
    "InvitationService.RevokeInvitation": (by_path("invitation"),),
    "ApiKeyService.RevokeApiKey": (by_path("api_key"),),
    "RequestLogService.ListRequests": (
        Case(query=lambda t: {"apiKeyId": t["api_key"]}),
        Case(query=lambda t: {"userId": t["user"]}),
    ),
    "AuditService.ListAudit": (Case(query=lambda t: {"userId": t["user"]}),),
    "WebhookEndpointService.GetWebhookEndpoint": (by_path("webhook_endpoint"),),
    "WebhookEndpointService.UpdateWebhookEndpoint": (by_path("webhook_endpoint", description="x"),),
    "WebhookEndpointService.DeleteWebhookEndpoint": (by_path("webhook_endpoint"),),
    "WebhookEndpointService.TestWebhookEndpoint": (by_path("webhook_endpoint"),),
    "WebhookEndpointService.RotateWebhookSecret": (by_path("webhook_endpoint"),),
    "WebhookEndpointService.EnableWebhookEndpoint": (by_path("webhook_endpoint"),),
    "WebhookEndpointService.DisableWebhookEndpoint": (by_path("webhook_endpoint"),),
    "WebhookListenerService.GetWebhookListener": (by_path("webhook_listener"),),
    "WebhookListenerService.FetchWebhookEvents": (by_path("webhook_listener"),),
    "WebhookListenerService.DeleteWebhookListener": (by_path("webhook_listener"),),
    "WebhookDeliveryService.ListWebhookDeliveries": (by_path("webhook_endpoint", "endpointId"),),
    "WebhookDeliveryService.GetWebhookDelivery": (by_path("webhook_delivery"),),
    "WebhookDeliveryService.ReplayWebhookDelivery": (by_path("webhook_delivery"),),
    "WebhookDeliveryService.ReplayWebhookDeliveries": (
        by_path("webhook_endpoint", "endpointId", since="2026-01-01T00:00:00Z"),
    ),
    "ThreadService.MarkThreadRead": (by_path("contact", "contactId"),),
    "ThreadService.ArchiveThread": (by_path("contact", "contactId"),),
    "ThreadService.UnarchiveThread": (by_path("contact", "contactId"),),
    "ThreadService.ReviewOptOut": (by_path("contact", "contactId", decision="opt_out"),),
    "InboxService.MarkMessage": (by_path("message", read=True),),
    "InboxService.Reply": (Case(body=lambda _, t: {"contactId": t["contact"], "message": "x"}),),
    "InboxService.SearchMessages": (
        Case(query=lambda t: {"search": "x", "contactId": t["contact"]}),
    ),
    "OptHistoryService.ListOptHistory": (by_path("contact"),),
    "EventService.GetEvent": (by_path("event", "eventId"),),
    "EventService.UpdateEvent": (by_path("event", "eventId", name="x"),),
    "EventService.DeleteEvent": (by_path("event", "eventId"),),
    "EventService.ListOrganizers": (by_path("event", "eventId"),),
    "EventService.SetOrganizer": (
        Case(
            path=lambda t: {"eventId": t["event"], "userId": "mine:user"},
            body=lambda _m, _t: {"permission": "view"},
        ),
    ),
    "EventService.RemoveOrganizer": (
        Case(path=lambda t: {"eventId": t["event"], "userId": _NOBODY}),
    ),
    "AttendeeService.CreateAttendee": (by_path("event", "eventId", firstName="x"),),
    "AttendeeService.ListAttendees": (by_path("event", "eventId"),),
    "AttendeeService.GetAttendee": in_event("attendee", "attendeeId"),
    "AttendeeService.UpdateAttendee": in_event("attendee", "attendeeId", firstName="x"),
    "AttendeeService.DeleteAttendee": in_event("attendee", "attendeeId"),
    "AttendeeService.AddFromList": (
        Case(path=lambda t: {"eventId": t["event"]}, body=lambda m, _: {"listId": m["list"]}),
        told_of_event("listId", "list"),
    ),
    "AttendeeService.ImportAttendees": (
        Case(path=lambda t: {"eventId": t["event"]}, form=lambda _: {}),
    ),
    "QuestionSetService.CreateQuestionSet": (by_path("event", "eventId", title="x"),),
    "QuestionSetService.ListQuestionSets": (by_path("event", "eventId"),),
    "QuestionSetService.GetQuestionSet": in_event("question_set", "setId"),
    "QuestionSetService.UpdateQuestionSet": in_event("question_set", "setId", title="x"),
    "QuestionSetService.DeleteQuestionSet": in_event("question_set", "setId"),
    "QuestionSetService.PublishQuestionSet": (*_OF_SET, told_of_event("templateId", "template")),
    "QuestionSetService.NotifyQuestionSet": _OF_SET,
    "QuestionSetService.AddMatches": (
        Case(
            path=lambda t: {"eventId": t["event"]},
            body=lambda m, _: {"pairs": [pair(m["attendee"], m["match_of_attendee"])]},
        ),
        Case(
            path=lambda _: {"eventId": "mine:event"},
            body=lambda m, t: {"pairs": [pair(m["match_of_attendee"], t["attendee"])]},
        ),
    ),
    "QuestionSetService.ListMatches": (by_path("event", "eventId"),),
    "QuestionSetService.DeleteMatch": in_event("match", "matchId"),
    "EventNotificationService.Notify": _NOTIFY,
    "EventNotificationService.QuoteNotification": (*_NOTIFY, _QUOTED_QUESTION_SET),
    "EventNotificationService.ListEventNotifications": (by_path("event", "eventId"),),
    "EventNotificationService.GetEventNotification": in_event("notification", "notificationId"),
    "EventNotificationService.ResumeEventNotification": in_event("notification", "notificationId"),
    "EventNotificationService.CancelEventNotification": in_event("notification", "notificationId"),
    "EventNotificationService.ListTexts": (by_path("event", "eventId"),),
    "EventNotificationService.SetText": (
        by_path("event", "eventId", notificationType="invitation"),
        told_of_event("templateId", "template", notificationType="invitation"),
    ),
    "EventSmsService.GetSmsHistory": in_event("attendee", "attendeeId"),
    "EventSmsService.RetrySms": (
        *in_event("attendee", "attendeeId", retryAll=True),
        Case(
            path=lambda _: {"eventId": "mine:event", "attendeeId": "mine:attendee"},
            body=lambda _, t: {"messageId": t["event_message"]},
        ),
    ),
    "EventSmsService.GetSmsSummary": (by_path("event", "eventId"),),
    "EventSmsRetryService.CreateSmsRetry": (
        by_path("event", "eventId"),
        told_of_event("attendeeIds", "attendee"),
    ),
    "EventSmsRetryService.ListSmsRetries": (by_path("event", "eventId"),),
    "EventSmsRetryService.GetSmsRetry": (_RETRY_OF_EVENT,),
    "EventSmsRetryService.CancelSmsRetry": (_RETRY_OF_EVENT,),
}
