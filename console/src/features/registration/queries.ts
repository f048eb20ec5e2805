/** The API requests of the registration's screens. */
import type { A2pCampaign, Brand, RegistrationStatus } from "@generated/api";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, queries } from "@/client/client";
import { useIntent } from "@/client/intent";
import { useInterval } from "@/client/use-live";
import { useUser } from "@/client/use-session";
import {
  detailsOfCompany,
  detailsOfUseCase,
  type Values,
  valuesOfCompany,
  valuesOfUseCase,
} from "./details";

const LOOK_MS = 10_000;
const UNDER_WAY = new Set(["submitting", "pending"]);
const ADMINS = new Set(["owner", "admin"]);

/** Return whether the signed-in user may register the organisation. */
export function useMayRegister(): boolean {
  return useUser().roles.some((role) => ADMINS.has(role));
}

/** The state of the registrations. It is requested again while a review is in progress. */
export function useStatus() {
  const interval = useInterval(LOOK_MS);
  return queries.useQuery(
    "get",
    "/api/a2p/status",
    {},
    { refetchInterval: ({ state }) => (isUnderWay(state.data) ? interval : false) },
  );
}

function isUnderWay(status: RegistrationStatus | undefined): boolean {
  const reviews = [status?.brand, status?.campaigns[0]];
  return reviews.some((review) => review && UNDER_WAY.has(review.status));
}

/** The two drafts. Only owners and admins may see them. */
export function useDrafts() {
  const enabled = useMayRegister();
  const company = queries.useQuery("get", "/api/a2p/brand/draft", {}, { enabled });
  const useCase = queries.useQuery("get", "/api/a2p/campaign/draft", {}, { enabled });
  return { company, useCase };
}

/** Save the part of the company's draft that has a given field, and return the draft. */
export function useSaveCompany() {
  const cache = useQueryClient();
  return async (values: Values, field: string): Promise<Values> => {
    const body = detailsOfCompany(values, field);
    const { data } = await api.PUT("/api/a2p/brand/draft", { body });
    cache.setQueryData(["get", "/api/a2p/brand/draft", {}], data);
    return valuesOfCompany(data?.details ?? null);
  };
}

/** Save the part of the use case's draft that has a given field, and return the draft. */
export function useSaveUseCase() {
  const cache = useQueryClient();
  return async (values: Values, field: string): Promise<Values> => {
    const body = detailsOfUseCase(values, field);
    const { data } = await api.PUT("/api/a2p/campaign/draft", { body });
    cache.setQueryData(["get", "/api/a2p/campaign/draft", {}], data);
    return valuesOfUseCase(data?.details ?? null);
  };
}

/** Submit the company, again if it was rejected. */
export function useSubmitCompany(brand: Brand | null) {
  return useOnce((values: Values, headers) => {
    const body = detailsOfCompany(values);
    return brand?.status === "failed"
      ? api.POST("/api/a2p/brand/resubmit", { body, headers })
      : api.POST("/api/a2p/brand", { body, headers });
  });
}

/** Submit the use case, again if it was rejected. */
export function useSubmitUseCase(brandSid: string, campaign: A2pCampaign | undefined) {
  return useOnce((values: Values, headers) => {
    const body = detailsOfUseCase(values);
    const campaignSid = campaign?.status === "failed" ? campaign.campaignSid : null;
    if (campaignSid) {
      const params = { path: { campaignSid } };
      return api.POST("/api/a2p/campaign/{campaignSid}/resubmit", { params, body, headers });
    }
    return api.POST("/api/a2p/campaign", { body: { ...body, brandSid }, headers });
  });
}

/** Link an approved use case to its messaging service. */
export function useLink(campaign: A2pCampaign) {
  return useOnce((campaignSid: string, headers) => {
    const body = { messagingServiceSid: campaign.messagingServiceSid };
    const params = { path: { campaignSid } };
    return api.POST("/api/a2p/campaign/{campaignSid}/link", { params, body, headers });
  });
}

/** Create the sending account and its messaging service, without which nothing can be submitted. */
export function useSetUp() {
  return useOnce(async (_: undefined, headers) => {
    await api.POST("/api/twilio/subaccount", { headers });
    return api.POST("/api/twilio/messaging-services", { headers, body: {} });
  });
}

function useOnce<Content>(
  act: (content: Content, headers: { "Idempotency-Key": string }) => Promise<unknown>,
) {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (content: Content) => act(content, intent.headers(content)),
    onSuccess: () => {
      intent.done();
      return cache.invalidateQueries({
        predicate: ({ queryKey: [method, path] }) =>
          method === "get" &&
          typeof path === "string" &&
          ["/api/a2p", "/api/twilio", "/api/billing"].some((start) => path.startsWith(start)),
      });
    },
  });
}
