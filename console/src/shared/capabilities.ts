const SHORT_NAMES = new Set(["sms", "mms"]);

/** Return what a phone number can do in words, such as `SMS, MMS, voice`. */
export function capabilityWords(capabilities: readonly string[]): string {
  return capabilities.map((one) => (SHORT_NAMES.has(one) ? one.toUpperCase() : one)).join(", ");
}
