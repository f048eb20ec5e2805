import { isTestMode } from "@/client/mode";
import { ManagersOnly } from "@/shared/managers-only";
import { Screen } from "@/shared/screen";
import { Closing } from "./closing";
import { Copy } from "./copy";
import { Erasures } from "./erasures";
import { Retention } from "./retention";

const TITLE = "Data and privacy";

/** What ends the storage of data, of a person, of what is old or of everything, and a copy of it. */
export function DataPage() {
  return (
    <ManagersOnly title={TITLE}>
      <Screen title={TITLE}>
        <Erasures />
        <Retention />
        {!isTestMode && <Copy />}
        {!isTestMode && <Closing />}
      </Screen>
    </ManagersOnly>
  );
}
