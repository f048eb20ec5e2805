/** The words of the audit log: names of actions, and details. */

const ACTIONS: Record<string, string> = {
  signed_in: "Signed in",
  signed_out: "Signed out",
  session_ended: "Ended a session",
  sessions_ended: "Ended all other sessions",
  org_created: "Created the organisation",
  organisation_closed: "Closed the organisation",
  organisation_reopened: "Reopened the organisation",
  organisation_deleted: "Deleted the organisation",
  org_updated: "Changed the organisation",
  profile_updated: "Changed a profile",
  password_changed: "Changed the password",
  password_reset: "Reset the password",
  email_verified: "Verified an email address",
  email_change_requested: "Asked to change an email address",
  email_change_cancelled: "Cancelled the change of an email address",
  email_changed: "Changed an email address",
  second_factor_on: "Turned two-step sign-in on",
  second_factor_off: "Turned two-step sign-in off",
  second_factor_reset: "Reset somebody's two-step sign-in",
  recovery_codes_replaced: "Replaced the recovery codes",
  member_invited: "Invited a member",
  invitation_revoked: "Revoked an invitation",
  member_joined: "Joined the organisation",
  member_role_changed: "Changed a member's role",
  member_deactivated: "Removed a member",
  user_disabled: "Disabled a user",
  user_activated: "Activated a user",
  api_key_created: "Created an API key",
  api_key_revoked: "Revoked an API key",
  webhook_endpoint_created: "Created a webhook endpoint",
  webhook_endpoint_changed: "Changed a webhook endpoint",
  webhook_endpoint_enabled: "Enabled a webhook endpoint",
  webhook_endpoint_disabled: "Disabled a webhook endpoint",
  webhook_endpoint_deleted: "Deleted a webhook endpoint",
  webhook_secret_rotated: "Replaced the secret of a webhook endpoint",
  webhook_replayed: "Delivered a webhook again",
  webhooks_replayed: "Delivered webhooks again",
  campaign_started: "Started a campaign",
  campaign_paused: "Paused a campaign",
  campaign_resumed: "Resumed a campaign",
  campaign_cancelled: "Cancelled a campaign",
  campaign_deleted: "Deleted a campaign",
  campaign_unscheduled: "Unscheduled a campaign",
  template_deleted: "Deleted a template",
  list_deleted: "Deleted a list",
  contact_opted_out: "Opted a contact out",
  contact_opted_in: "Opted a contact in",
  person_erasure_requested: "Asked to erase a person",
  person_erased: "Erased a person",
  event_deleted: "Deleted an event",
  event_organizer_removed: "Removed a co-organizer",
  attendee_deleted: "Deleted an attendee",
  send_scheduled: "Scheduled texts",
  scheduled_send_cancelled: "Cancelled scheduled texts",
  scheduled_send_resumed: "Resumed scheduled texts",
  quiet_hours_changed: "Changed the sending hours",
  sending_limits_changed: "Changed the spending limits",
  billing_settings_changed: "Changed the billing settings",
  test_mode_started: "Started test mode",
  automatic_top_up_changed: "Changed the automatic top-ups",
  saved_card_deleted: "Deleted the saved card",
  balance_adjusted: "Adjusted a balance",
  price_changed: "Changed the price of texts to a country",
  number_price_changed: "Changed the price of a type of numbers",
  balance_transferred: "Moved money between balances",
  all_sending_held: "Held the sending of all organisations",
  all_sending_released: "Released the sending of all organisations",
  sending_rate_set: "Set how fast an organisation sends",
  twilio_subaccount_created: "Created the sending account",
  twilio_subaccount_suspended: "Suspended the sending account",
  twilio_subaccount_reactivated: "Reactivated the sending account",
  twilio_token_rotation_requested: "Asked for a new token of the sending account",
  twilio_token_promoted: "Replaced the token of the sending account",
  twilio_api_key_created: "Created the provider's API key",
  twilio_api_key_revoked: "Revoked the provider's API key",
  twilio_number_bought: "Bought a number",
  twilio_number_added: "Added a number",
  twilio_number_released: "Released a number",
  twilio_number_lost: "Lost a number to another organisation",
  messaging_service_created: "Created the messaging service",
  messaging_service_updated: "Changed the messaging service",
  a2p_brand_submitted: "Submitted the company to the carriers",
  a2p_brand_resubmitted: "Submitted the company to the carriers again",
  a2p_brand_approved: "The carriers approved the company",
  a2p_brand_registered: "The carriers registered the company",
  a2p_campaign_submitted: "Submitted the use case to the carriers",
  a2p_campaign_resubmitted: "Submitted the use case to the carriers again",
  a2p_campaign_approved: "The carriers approved the use case",
  a2p_campaign_linked: "Linked the use case to the numbers",
  twilio_compliance_event: "The carriers sent news of the registration",
};

/** The actions that people filter by, in the order of their words. */
export const ACTION_CHOICES = Object.entries(ACTIONS)
  .map(([value, label]) => ({ value, label }))
  .sort((one, other) => one.label.localeCompare(other.label));

/**
 * Return the name of an action to show. An action that this page does not know gets a readable name
 * too.
 */
export function actionName(action: string): string {
  const known = ACTIONS[action];
  if (known) return known;
  const words = action
    .replace(/^com\.twilio\.messaging\.compliance\./, "")
    .replaceAll(/[_.-]+/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The route of a screen that shows the object of an entry. */
export type Target =
  | { to: "/campaigns/$campaignId"; params: { campaignId: string } }
  | { to: "/events/$eventId"; params: { eventId: string } }
  | { to: "/messages/$messageId"; params: { messageId: string } }
  | {
      to:
        | "/templates"
        | "/lists"
        | "/numbers"
        | "/registration"
        | "/settings/members"
        | "/settings/api-keys"
        | "/settings/webhooks"
        | "/billing";
    };

const SCREENS: Record<string, Exclude<Target, { params: unknown }>["to"]> = {
  template: "/templates",
  contact_list: "/lists",
  twilio_number: "/numbers",
  messaging_service: "/numbers",
  a2p_brand: "/registration",
  a2p_campaign: "/registration",
  user: "/settings/members",
  invitation: "/settings/members",
  api_key: "/settings/api-keys",
  webhook_endpoint: "/settings/webhooks",
  billing_settings: "/billing",
  balance: "/billing",
};

/** Return the screen that shows the object of an entry, or null if it has none or is deleted. */
export function targetOf(entityType: string, entityId: string, action: string): Target | null {
  if (action.endsWith("_deleted")) return null;
  if (entityType === "campaign" || entityType === "sms_campaign") {
    return { to: "/campaigns/$campaignId", params: { campaignId: entityId } };
  }
  if (entityType === "event") return { to: "/events/$eventId", params: { eventId: entityId } };
  if (entityType === "message" || entityType === "sms_message") {
    return { to: "/messages/$messageId", params: { messageId: entityId } };
  }
  const screen = SCREENS[entityType];
  return screen ? { to: screen } : null;
}

/** Return the details of an entry as text, such as `address: 127.0.0.1`. */
export function detailsOf(meta: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(meta)
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => {
      const words = name
        .replaceAll(/([A-Z])/g, " $1")
        .replaceAll("_", " ")
        .toLowerCase();
      return `${words}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`;
    });
}
