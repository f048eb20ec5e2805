import type { WebhookEndpoint } from "@generated/api";
import { Button, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { Confirm } from "@/shared/confirm";
import { RowMenu } from "@/shared/row-menu";
import { SecretDialog } from "@/shared/secret-dialog";
import { ChangeEndpoint } from "./change-endpoint";
import { useRefresh } from "./refresh";
import { SECRET_WORDS } from "./words";

type Dialog = "change" | "rotate" | "disable" | "delete";

/** What can be done with an endpoint. */
export function EndpointActions({ endpoint }: { endpoint: WebhookEndpoint }) {
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const close = () => setDialog(null);
  return (
    <>
      {endpoint.enabled ? <TestButton endpoint={endpoint} /> : <EnableButton endpoint={endpoint} />}
      <RowMenu of="this endpoint">
        <Menu.Item onClick={() => setDialog("change")}>Change</Menu.Item>
        <Menu.Item onClick={() => setDialog("rotate")}>Replace the secret</Menu.Item>
        {endpoint.enabled && <Menu.Item onClick={() => setDialog("disable")}>Disable</Menu.Item>}
        <Menu.Item color="red" onClick={() => setDialog("delete")}>
          Delete
        </Menu.Item>
      </RowMenu>
      {dialog === "change" && <ChangeEndpoint endpoint={endpoint} onClose={close} />}
      {dialog === "rotate" && <Rotate endpoint={endpoint} onClose={close} />}
      {dialog === "disable" && <Disable endpoint={endpoint} onClose={close} />}
      {dialog === "delete" && <Delete endpoint={endpoint} onClose={close} />}
    </>
  );
}

interface Props {
  endpoint: WebhookEndpoint;
  onClose: () => void;
}

function TestButton({ endpoint }: { endpoint: WebhookEndpoint }) {
  const refresh = useRefresh();
  const intent = useIntent();
  const test = useMutation({
    mutationFn: async () =>
      api.POST("/api/webhooks/endpoints/{id}/test", {
        params: { path: { id: endpoint.id } },
        headers: intent.headers(endpoint.id),
      }),
    onSuccess: () => {
      intent.done();
      refresh();
      notifications.show({ message: "A test event is on its way. See it below." });
    },
    onError: (error) => notifications.show({ color: "red", message: asProblem(error).message }),
  });
  return (
    <Button loading={test.isPending} onClick={() => test.mutate()}>
      Send a test event
    </Button>
  );
}

function EnableButton({ endpoint }: { endpoint: WebhookEndpoint }) {
  const refresh = useRefresh();
  const intent = useIntent();
  const enable = useMutation({
    mutationFn: async () =>
      api.POST("/api/webhooks/endpoints/{id}/enable", {
        params: { path: { id: endpoint.id } },
        headers: intent.headers(endpoint.id),
      }),
    onSuccess: () => {
      intent.done();
      refresh();
    },
    onError: (error) => notifications.show({ color: "red", message: asProblem(error).message }),
  });
  return (
    <Button loading={enable.isPending} onClick={() => enable.mutate()}>
      Enable
    </Button>
  );
}

function Rotate({ endpoint, onClose }: Props) {
  const refresh = useRefresh();
  const rotate = useMutation({
    mutationFn: async () => {
      const params = { path: { id: endpoint.id } };
      return (await api.POST("/api/webhooks/endpoints/{id}/rotate-secret", { params, body: {} }))
        .data;
    },
    onSuccess: refresh,
  });
  if (rotate.data) {
    return (
      <SecretDialog title="The new secret" secret={rotate.data.secret} onClose={onClose}>
        {SECRET_WORDS}
      </SecretDialog>
    );
  }
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title="Replace the secret?"
      confirmLabel="Replace the secret"
      isBusy={rotate.isPending}
      problem={rotate.error ? asProblem(rotate.error) : null}
      onConfirm={() => rotate.mutate()}
    >
      For one day, calls are signed with both secrets, so you can change your server at any moment.
      After that, only the new one counts.
    </Confirm>
  );
}

function Disable({ endpoint, onClose }: Props) {
  const refresh = useRefresh();
  const intent = useIntent();
  const disable = useMutation({
    mutationFn: async () =>
      api.POST("/api/webhooks/endpoints/{id}/disable", {
        params: { path: { id: endpoint.id } },
        headers: intent.headers(endpoint.id),
      }),
    onSuccess: () => {
      intent.done();
      refresh();
      onClose();
    },
  });
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title="Disable this endpoint?"
      confirmLabel="Disable the endpoint"
      isBusy={disable.isPending}
      problem={disable.error ? asProblem(disable.error) : null}
      onConfirm={() => disable.mutate()}
    >
      The endpoint is not called until you enable it. It gets no events for what happens in the
      meantime.
    </Confirm>
  );
}

function Delete({ endpoint, onClose }: Props) {
  const refresh = useRefresh();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: async () =>
      api.DELETE("/api/webhooks/endpoints/{id}", { params: { path: { id: endpoint.id } } }),
    onSuccess: async () => {
      await navigate({ to: "/settings/webhooks" });
      refresh();
    },
  });
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title="Delete this endpoint?"
      confirmLabel="Delete the endpoint"
      isDestructive
      isBusy={remove.isPending}
      problem={remove.error ? asProblem(remove.error) : null}
      onConfirm={() => remove.mutate()}
    >
      Events that still wait for this endpoint are not delivered. This can't be undone.
    </Confirm>
  );
}
