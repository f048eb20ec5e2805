import { queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { ChangedMeanwhile } from "@/shared/changed-meanwhile";
import { FormBanner } from "@/shared/form";
import type { CampaignDraft, Wizard } from "./use-wizard";

const LABELS: Record<keyof CampaignDraft, string> = {
  name: "Name",
  message: "Message",
  templateId: "Template",
  listId: "Recipients",
  pictures: "Pictures",
  reference: "Reference",
};

interface Props {
  wizard: Wizard;
  /** The fields of the step, which show their own errors. */
  fields?: readonly string[];
}

/** Why the draft was not saved. If a colleague has changed it, shows the conflicting changes. */
export function SaveProblem({ wizard, fields }: Props) {
  const { conflict, saveError, isSaving, keepMine, takeTheirs } = wizard;
  if (conflict === null) {
    return <FormBanner problem={saveError ? asProblem(saveError) : null} fields={fields} />;
  }
  return (
    <ChangedMeanwhile
      labels={LABELS}
      base={conflict.base}
      mine={conflict.mine}
      conflict={conflict.error}
      isBusy={isSaving}
      onKeepMine={keepMine}
      onTakeTheirs={takeTheirs}
      write={(field, value) => {
        if (field === "listId" && value) return <ListName id={value} />;
        if (field === "templateId" && value) return <TemplateName id={value} />;
        if (field === "message" && !value) return "The text of the template";
        return value || "None";
      }}
    />
  );
}

function ListName({ id }: { id: string }) {
  const params = { path: { id } };
  return queries.useQuery("get", "/api/contact-lists/{id}", { params }).data?.name ?? "–";
}

function TemplateName({ id }: { id: string }) {
  const params = { path: { id } };
  return queries.useQuery("get", "/api/templates/{id}", { params }).data?.name ?? "–";
}
