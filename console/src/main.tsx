import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./app/base.css";
import "./app/forced-colors.css";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { forgetDataAtSignOut, reloadAfterDeploy } from "./app/lifecycle";
import { Providers } from "./app/providers";
import { createAppRouter } from "./app/router";
import { listenToStream } from "./client/live";
import { leaveTestModeAtSignOut } from "./client/mode";
import { createQueryClient } from "./client/query-client";

const queryClient = createQueryClient();
const router = createAppRouter();
forgetDataAtSignOut(queryClient);
leaveTestModeAtSignOut();
reloadAfterDeploy();
listenToStream(queryClient);

const root = document.getElementById("root");
if (!root) throw new Error("The page has no element with the id root.");
createRoot(root).render(
  <StrictMode>
    <Providers queryClient={queryClient}>
      <RouterProvider router={router} />
    </Providers>
  </StrictMode>,
);
