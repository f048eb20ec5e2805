import { SegmentedControl } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { AdminScreen } from "../admin-screen";
import { Groups } from "./groups";
import { Letters } from "./letters";

const route = getRouteApi("/app/admin/dead-letters");
const VIEWS = [
  { value: "groups", label: "By error" },
  { value: "letters", label: "One by one" },
];

/** Dead letters: messages and items that failed too often. They can be replayed or discarded. */
export function DeadLettersPage() {
  return (
    <AdminScreen
      title="Dead letters"
      description="Bus events that a consumer has given up on, and items that a job fails to process."
    >
      {() => <DeadLetters />}
    </AdminScreen>
  );
}

function DeadLetters() {
  const { view, consumer } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <>
      <div>
        <SegmentedControl
          aria-label="View"
          data={VIEWS}
          value={view ?? "groups"}
          onChange={(chosen) =>
            void navigate({
              search: { view: chosen === "letters" ? "letters" : undefined, consumer },
            })
          }
        />
      </div>
      {view === "letters" ? <Letters /> : <Groups />}
    </>
  );
}
