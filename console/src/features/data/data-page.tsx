import { ManagersOnly } from "@/shared/managers-only";
import { Screen } from "@/shared/screen";
import { Erasures } from "./erasures";

const TITLE = "Data and privacy";

/** What ends the storage of data: of a person, or of the whole organisation. */
export function DataPage() {
  return (
    <ManagersOnly title={TITLE}>
      <Screen title={TITLE}>
        <Erasures />
      </Screen>
    </ManagersOnly>
  );
}
