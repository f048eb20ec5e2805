import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { appRoute } from "@/app/root-routes";
import {
  type CampaignSearch,
  campaignSearchOf,
  type ResultSearch,
  resultSearchOf,
  wizardSearchOf,
} from "./search";

export const campaignRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: "/campaigns",
    validateSearch: (search): CampaignSearch => campaignSearchOf(search),
    component: lazyRouteComponent(() => import("./campaigns-page"), "CampaignsPage"),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: "/campaigns/new",
    validateSearch: wizardSearchOf,
    component: lazyRouteComponent(() => import("./wizard/wizard-page"), "WizardPage"),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: "/campaigns/$campaignId",
    validateSearch: (search): ResultSearch => resultSearchOf(search),
    component: lazyRouteComponent(() => import("./campaign-page"), "CampaignPage"),
  }),
] as const;
