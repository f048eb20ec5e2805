/** The API requests with which the billing screens change something. */
import type { AutomaticTopUp, BillingSettings } from "@generated/api";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { ifUnchanged } from "@/client/versions";

type Settings = Pick<
  BillingSettings,
  "minBalanceCents" | "notifyEmails" | "smsAlertTo" | "payer" | "version"
>;

/** Save the billing settings. The API replaces all of them. */
export function useSaveBilling(onSaved: () => void) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ minBalanceCents, notifyEmails, smsAlertTo, payer, version }: Settings) => {
      const body = {
        minBalanceCents,
        notifyEmails,
        payer,
        ...(smsAlertTo?.trim() ? { smsAlertTo } : {}),
      };
      const headers = ifUnchanged(version);
      return (await api.PUT("/api/billing/settings", { body, headers })).data;
    },
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: ["get", "/api/billing/settings"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/billing/balance"] });
      onSaved();
      notifications.show({ message: "Saved." });
    },
    onError: () => cache.invalidateQueries({ queryKey: ["get", "/api/billing/settings"] }),
  });
}

interface Limits {
  version: number;
  allowedCountries: string[];
  maxPriceCentsPerMessage: number | null;
  dailySpendCapCents: number | null;
}

/** Save the limits. A limit that is left out is removed. */
export function useSaveLimits(onSaved: () => void) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (limits: Limits) => {
      const { allowedCountries, maxPriceCentsPerMessage, dailySpendCapCents, version } = limits;
      const body = {
        allowedCountries,
        ...(maxPriceCentsPerMessage === null ? {} : { maxPriceCentsPerMessage }),
        ...(dailySpendCapCents === null ? {} : { dailySpendCapCents }),
      };
      const headers = ifUnchanged(version);
      return (await api.PUT("/api/settings/sending", { body, headers })).data;
    },
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: ["get", "/api/settings/sending"] });
      onSaved();
      notifications.show({ message: "Saved." });
    },
    onError: () => cache.invalidateQueries({ queryKey: ["get", "/api/settings/sending"] }),
  });
}

export interface TransferOrder {
  /** The member from whose balance money is taken, or null for the organisation's balance. */
  fromUserId: string | null;
  toUserId: string | null;
  amountCents: number;
  note: string;
}

/** Move money between two balances, only once. */
export function useTransfer() {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ fromUserId, toUserId, amountCents, note }: TransferOrder) => {
      const body = {
        amountCents,
        ...(fromUserId ? { fromUserId } : {}),
        ...(toUserId ? { toUserId } : {}),
        ...(note.trim() ? { note } : {}),
      };
      const headers = intent.headers(body);
      return (await api.POST("/api/billing/transfers", { body, headers })).data;
    },
    onSuccess: () => {
      intent.done();
      void cache.invalidateQueries({ queryKey: ["get", "/api/billing/balance"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/billing/transactions"] });
    },
  });
}

type Rule = Pick<
  AutomaticTopUp,
  "enabled" | "thresholdCents" | "amountCents" | "dailyLimitCents" | "version"
>;

const AUTOMATIC_TOP_UP = ["get", "/api/billing/automatic-top-up"];

/** Save when and how much a saved card tops the balance up. */
export function useSaveAutomaticTopUp(onSaved: () => void) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ version, ...rule }: Rule) => {
      const { enabled, thresholdCents, amountCents, dailyLimitCents } = rule;
      const body = { enabled, thresholdCents, amountCents, dailyLimitCents };
      const headers = ifUnchanged(version);
      return (await api.PUT("/api/billing/automatic-top-up", { body, headers })).data;
    },
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: AUTOMATIC_TOP_UP });
      onSaved();
      notifications.show({ message: "Saved." });
    },
    onError: () => cache.invalidateQueries({ queryKey: AUTOMATIC_TOP_UP }),
  });
}

/** Delete the saved card. */
export function useDeleteCard(onDeleted: () => void) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async () => (await api.DELETE("/api/billing/automatic-top-up/card")).data,
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: AUTOMATIC_TOP_UP });
      onDeleted();
      notifications.show({ message: "The card is deleted." });
    },
  });
}
