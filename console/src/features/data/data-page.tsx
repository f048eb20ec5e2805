import { isTestMode } from "@/client/mode";
import { ManagersOnly } from "@/shared/managers-only";
import { Screen } from "@/shared/screen";
import { Closing } from "./closing";
import { Erasures } from "./erasures";
import { Retention } from "./retention";

const TITLE = "Data and privacy";

/** What ends the storage of data: of a person, of what is old, or of the whole organisation. */
export function DataPage() {
  return (
    <ManagersOnly title={TITLE}>
      <Screen title={TITLE}>
        <Erasures />
        <Retention />
        {!isTestMode && <Closing />}
      </Screen>
    </ManagersOnly>
  );
}
