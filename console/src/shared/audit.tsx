/** The words of audit entries. */
import { Text } from "@mantine/core";
import { Folded } from "./folded";

/** Return an action as words: `user_disabled` is `User disabled`. */
export function actionWords(action: string): string {
  const words = action
    .replaceAll("_", " ")
    .replace(/\borg\b/, "organisation")
    .replace(/\b(api|sms|a2p)\b/g, (short) => short.toUpperCase());
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Return the value of one detail as text. */
export function detailText(value: unknown): string {
  if (Array.isArray(value)) return value.map(detailText).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The details of an entry, folded. A reason is shown at once. */
export function AuditDetails({ meta }: { meta: object }) {
  const { reason, ...others } = meta as Record<string, unknown>;
  const rest = Object.entries(others);
  return (
    <>
      {typeof reason === "string" && (
        <Text size="sm" dir="auto">
          “{reason}”
        </Text>
      )}
      {rest.length > 0 && (
        <Folded label="Details">
          <ul style={{ margin: 0, paddingInlineStart: 16 }}>
            {rest.map(([name, value]) => (
              <li key={name}>
                {name}: {detailText(value)}
              </li>
            ))}
          </ul>
        </Folded>
      )}
      {rest.length === 0 && typeof reason !== "string" && "–"}
    </>
  );
}
