import { Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { Confirm } from "@/shared/confirm";

interface Props {
  /** The name of the organisation, which the owner types as a confirmation. */
  name: string;
  onClose: () => void;
}

/** Asks an owner for the name of the organisation before it is closed. */
export function CloseDialog({ name, onClose }: Props) {
  const [typed, setTyped] = useState("");
  const intent = useIntent();
  const close = useMutation({
    mutationFn: async (given: string) =>
      api.POST("/api/org/close", { body: { name: given }, headers: intent.headers(given) }),
    onSuccess: () => {
      intent.done();
      // All sessions have ended.
      window.location.assign("/sign-in");
    },
  });
  const closeOnce = useSingle(close);
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={`Close ${name}?`}
      confirmLabel="Close the organisation"
      isDestructive
      isReady={typed.trim() === name.trim()}
      isBusy={close.isPending}
      problem={close.error ? asProblem(close.error) : null}
      onConfirm={() => closeOnce(typed)}
    >
      <Text size="sm" mb="md">
        Everybody is signed out, all API keys stop working, and nothing is sent any more. An owner
        can sign in and reopen the organisation for some weeks. Then its numbers are given back and
        its data are deleted.
      </Text>
      <TextInput
        label="Name of the organisation"
        description={`Type ${name} to confirm.`}
        autoComplete="off"
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
    </Confirm>
  );
}
