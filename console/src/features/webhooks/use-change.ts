import type { WebhookEndpoint } from "@generated/api";
import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, queries } from "@/client/client";
import { latestOf, type Shown, saveChanges } from "@/client/versions";
import type { EndpointValues } from "./endpoint-fields";
import { useRefresh } from "./refresh";
import { type EventType, typesOf } from "./words";

/** The settings of an endpoint, as the API stores them. */
export interface Settings {
  url: string;
  description: string;
  /** The types of events that it gets. Empty: all types. */
  eventTypes: EventType[];
  /** Null: no limit, as many calls as the endpoint's server answers. */
  maxPerSecond: number | null;
}

/** The words for the settings. */
export const LABELS: Record<keyof Settings, string> = {
  url: "Address",
  description: "What it is for",
  eventTypes: "Events",
  maxPerSecond: "Maximum calls per second",
};

/** Return the settings of an endpoint with their version. */
export function shownOf(endpoint: WebhookEndpoint): Shown<Settings> {
  const { url, description, maxPerSecond, version } = endpoint;
  const eventTypes = endpoint.eventTypes as EventType[];
  return { version, values: { url, description, eventTypes, maxPerSecond } };
}

/** Return the values of a form that shows these settings. */
export function formOf({ eventTypes, maxPerSecond, ...more }: Settings): EndpointValues {
  return {
    ...more,
    isForAll: eventTypes.length === 0,
    eventTypes,
    maxPerSecond: maxPerSecond ?? "",
  };
}

/** Return the settings that were chosen in a form. */
export function settingsOf(values: EndpointValues): Settings {
  const { isForAll, eventTypes, maxPerSecond, ...more } = values;
  return {
    ...more,
    eventTypes: isForAll ? [] : eventTypes,
    maxPerSecond: maxPerSecond === "" ? null : maxPerSecond,
  };
}

/** Return the words for a setting. */
export function wordsOf(field: keyof Settings, value: Settings[keyof Settings]): string {
  if (field === "eventTypes") {
    const eventTypes = value as EventType[];
    return typesOf({ eventTypes });
  }
  if (field === "maxPerSecond")
    return String(value ?? "No limit: as many calls as your server answers");
  return String(value) || "(empty)";
}

interface Order {
  settings: Settings;
  /** What the form began with. */
  base: Shown<Settings>;
}

/** Save what was changed of an endpoint. */
export function useChange(id: string, onSaved: () => void) {
  const cache = useQueryClient();
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ settings, base }: Order) => change(cache, id, base, settings),
    onSuccess: () => {
      refresh();
      onSaved();
    },
  });
}

async function change(cache: QueryClient, id: string, base: Shown<Settings>, settings: Settings) {
  const params = { path: { id } };
  const stored = queries.queryOptions("get", "/api/webhooks/endpoints/{id}", { params });
  await saveChanges(base, settings, {
    write: async (body, headers) => {
      await api.PATCH("/api/webhooks/endpoints/{id}", { params, body, headers });
    },
    read: async () => shownOf(await latestOf(cache, stored)),
  });
}
