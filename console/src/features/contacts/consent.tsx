import type { Contact } from "@generated/api";
import { Button, Group, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Ban, Check } from "lucide-react";
import { useState } from "react";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { isManager } from "@/client/roles";
import { useUser } from "@/client/use-session";
import { Confirm } from "@/shared/confirm";
import { nameOf } from "@/shared/names";
import { Badge } from "@/shared/status-badge";
import { RelativeTime } from "@/shared/time";

/** The routes whose answers contain the opt state of a contact. */
const SHOWING = [
  "/api/contacts",
  "/api/contacts/{id}",
  "/api/contacts/{id}/opt-history",
  "/api/messages/threads",
];

/**
 * Shows whether and since when a person may be texted or has opted out, and lets the user change
 * it.
 */
export function Consent({ contact }: { contact: Contact }) {
  const isOut = contact.optStatus === "opted_out";
  return (
    <Group justify="space-between" align="flex-start">
      <Group gap="xs">
        <Badge tone={isOut ? "failed" : "delivered"} icon={isOut ? Ban : Check}>
          {isOut ? "Opted out" : "Can be texted"}
        </Badge>
        {contact.optedOutAt && (
          <Text size="xs" c="dimmed">
            <RelativeTime at={contact.optedOutAt} />
          </Text>
        )}
      </Group>
      {isOut ? <OptIn contact={contact} /> : <OptOut contact={contact} />}
    </Group>
  );
}

function OptOut({ contact }: { contact: Contact }) {
  const [isOpen, dialog] = useDisclosure(false);
  const optOut = useOptChange(contact, "out", dialog.close);
  return (
    <>
      <Button variant="subtle" color="red" size="compact-sm" onClick={dialog.open}>
        Opt out
      </Button>
      <Confirm
        isOpen={isOpen}
        onClose={dialog.close}
        title={`Opt out ${nameOf(contact) ?? contact.phone}?`}
        confirmLabel="Opt out"
        isDestructive
        isBusy={optOut.isPending}
        problem={optOut.error ? asProblem(optOut.error) : null}
        onConfirm={() => optOut.mutate(null)}
      >
        This person gets no more texts from your organisation, until they text START or an admin
        opts them in. Use this if the person asked for it in another way than by texting STOP.
      </Confirm>
    </>
  );
}

/** How a person has agreed to get texts. */
interface Proof {
  method: string;
  words: string;
}

const PROOF_FIELDS = ["method", "words"];

/** Only an admin can opt a person in, with a proof that the person agreed. */
function OptIn({ contact }: { contact: Contact }) {
  const user = useUser();
  const [isOpen, dialog] = useDisclosure(false);
  const [proof, setProof] = useState<Proof>({ method: "", words: "" });
  const optIn = useOptChange(contact, "in", dialog.close);
  const problem = optIn.error ? asProblem(optIn.error) : null;
  if (!isManager(user)) {
    return (
      <Text size="xs" c="dimmed">
        An owner or admin can opt them in.
      </Text>
    );
  }
  return (
    <>
      <Button variant="default" size="compact-sm" onClick={dialog.open}>
        Opt in
      </Button>
      <Confirm
        isOpen={isOpen}
        onClose={dialog.close}
        title={`Opt in ${nameOf(contact) ?? contact.phone}?`}
        confirmLabel="Opt in"
        isReady={proof.method.trim() !== ""}
        isBusy={optIn.isPending}
        problem={problem}
        fields={PROOF_FIELDS}
        onConfirm={() => optIn.mutate(proof)}
      >
        <Stack gap="sm">
          <Text size="sm">
            Texting somebody who opted out is against the law in many countries. If they texted
            STOP, the carrier lets texts through only after they have texted START.
          </Text>
          <TextInput
            label="How did this person agree to get texts again?"
            description="For example: a form on example.com, or a call on 3 May. It is kept in the contact's history, with your name."
            maxLength={200}
            error={problem?.fields.method}
            value={proof.method}
            onChange={(event) => setProof({ ...proof, method: event.currentTarget.value })}
          />
          <Textarea
            label="In which words? (optional)"
            autosize
            maxLength={1_600}
            error={problem?.fields.words}
            value={proof.words}
            onChange={(event) => setProof({ ...proof, words: event.currentTarget.value })}
          />
        </Stack>
      </Confirm>
    </>
  );
}

function useOptChange(contact: Contact, direction: "in" | "out", onDone: () => void) {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (proof: Proof | null) => {
      const params = { path: { id: contact.id } };
      const headers = intent.headers([contact.id, direction, proof]);
      if (proof) {
        const { method, words } = proof;
        const body = { method, ...(words.trim() ? { words } : {}) };
        await api.POST("/api/contacts/{id}/opt-in", { params, body, headers });
      } else {
        await api.POST("/api/contacts/{id}/opt-out", { params, headers });
      }
    },
    onSuccess: () => {
      intent.done();
      for (const path of SHOWING) {
        void cache.invalidateQueries({ queryKey: ["get", path] });
      }
      const message =
        direction === "in" ? "The contact can be texted again." : "The contact gets no more texts.";
      notifications.show({ message });
      onDone();
    },
  });
}
