/** The filters of the audit log, which are part of the URL. */
export interface AuditSearch {
  userId?: string;
  action?: string;
  /** The first day, such as `2026-03-01`, in the organisation's zone. */
  from?: string;
  /** The last day. */
  to?: string;
}

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const ACTION = /^[a-z0-9_.-]{1,100}$/;

/** Read the filters. Other URL parameters are ignored. */
export function auditSearchOf(search: Record<string, unknown>): AuditSearch {
  return {
    userId: matching(ID, search.userId),
    action: matching(ACTION, search.action),
    from: matching(DAY, search.from),
    to: matching(DAY, search.to),
  };
}

function matching(form: RegExp, value: unknown): string | undefined {
  return typeof value === "string" && form.test(value) ? value : undefined;
}
