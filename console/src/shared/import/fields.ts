/** The fields of a contact that a column can hold. */
export const FIELDS = [
  { value: "phone", label: "Phone number" },
  { value: "firstName", label: "First name" },
  { value: "lastName", label: "Last name" },
  { value: "email", label: "Email address" },
  { value: "tags", label: "Tags" },
  { value: "timeZone", label: "Time zone" },
  { value: "optedOut", label: "Opted out (“yes” means opted out)" },
  { value: "optedIn", label: "Opted in (“no” means opted out)" },
];

/** Return the name of a field that users read. */
export function fieldName(field: string): string {
  return FIELDS.find(({ value }) => value === field)?.label ?? field;
}
