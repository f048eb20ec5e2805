import { Select, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { api, queries } from "@/client/client";
import { isTestMode } from "@/client/mode";
import { asProblem } from "@/client/problem";
import { useUser } from "@/client/use-session";
import { ifUnchanged } from "@/client/versions";
import { Failing, LoadingRows } from "@/shared/states";
import { PeriodDialog } from "./period-dialog";
import { choicesWith } from "./periods";

const TITLE = "How long data is kept";

/** How long texts and the audit log are kept. Only owners can change it. */
export function Retention() {
  return (
    <Stack gap="md" maw={560} component="section" aria-label={TITLE}>
      <div>
        <Title order={2}>{TITLE}</Title>
        <Text size="sm" c="dimmed">
          What is older is deleted and can't be restored. Figures, prices, opt-outs and the ledger
          stay.
        </Text>
      </div>
      <Texts />
      {!isTestMode && <AuditLog />}
    </Stack>
  );
}

function Texts() {
  const setting = queries.useQuery("get", "/api/settings/message-retention");
  return (
    <Loaded query={setting}>
      {({ days, version }) => (
        <Period
          label="Texts"
          what="texts"
          description="Sent and received texts with their pictures. Texts to attendees are kept with their event."
          days={days}
          routes={["/api/settings/message-retention"]}
          save={async (chosen) =>
            api.PUT("/api/settings/message-retention", {
              body: { days: chosen ?? undefined },
              headers: ifUnchanged(version),
            })
          }
        />
      )}
    </Loaded>
  );
}

function AuditLog() {
  const organisation = queries.useQuery("get", "/api/org");
  return (
    <Loaded query={organisation}>
      {({ auditLogDays, version }) => (
        <Period
          label="Audit log"
          what="the audit log"
          description="What members and the platform did in the organisation."
          days={auditLogDays}
          routes={["/api/org"]}
          save={async (chosen) =>
            api.PATCH("/api/org", {
              body: { auditLogDays: chosen },
              headers: ifUnchanged(version),
            })
          }
        />
      )}
    </Loaded>
  );
}

interface LoadedProps<Data> {
  query: { data: Data | undefined; error: unknown; refetch: () => unknown };
  children: (data: Data) => ReactNode;
}

function Loaded<Data>({ query, children }: LoadedProps<Data>) {
  if (query.data !== undefined) return children(query.data);
  if (!query.error) return <LoadingRows rows={1} />;
  return <Failing problem={asProblem(query.error)} onRetry={() => void query.refetch()} />;
}

interface PeriodProps {
  label: string;
  /** The label in the middle of a sentence. */
  what: string;
  description: string;
  /** How many days the data is kept now, or null for ever. */
  days: number | null;
  /** The routes that show the setting, which are read again after a change. */
  routes: string[];
  save: (days: number | null) => Promise<unknown>;
}

function Period({ label, what, description, days, routes, save }: PeriodProps) {
  const [chosen, choose] = useState<{ days: number | null } | null>(null);
  const isOwner = useUser().roles.includes("owner");
  return (
    <>
      <Select
        label={label}
        description={
          isOwner
            ? description
            : `${description} Only an owner of the organisation can change this.`
        }
        data={choicesWith(days)}
        value={String(days ?? "")}
        onChange={(value) => {
          const wanted = value ? Number(value) : null;
          if (wanted !== days) choose({ days: wanted });
        }}
        allowDeselect={false}
        disabled={!isOwner}
        maw={320}
      />
      {chosen && (
        <PeriodDialog
          what={what}
          from={days}
          to={chosen.days}
          routes={routes}
          save={save}
          onClose={() => choose(null)}
        />
      )}
    </>
  );
}
