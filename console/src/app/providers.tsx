import { MantineProvider } from "@mantine/core";
import { type QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { setNonce } from "get-nonce";
import { lazy, type ReactNode, Suspense } from "react";
import { cssVariables, theme } from "./theme";

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
// Dialogs use another library, which adds style elements and needs the nonce too.
setNonce(nonce);

const SECONDS_OF_A_TOAST = 5;
/** Loaded after the first screen, which shows no toast. Earlier toasts wait until it is there. */
const Notifications = lazy(async () => {
  const { Notifications: component } = await import("@mantine/notifications");
  return { default: component };
});

interface Props {
  queryClient: QueryClient;
  children: ReactNode;
}

/** What every screen needs: the theme, toasts and the cache of answers. */
export function Providers({ queryClient, children }: Props) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={queryClient}>
        <Suspense>
          <Notifications position="top-right" autoClose={SECONDS_OF_A_TOAST * 1000} />
        </Suspense>
        {children}
      </QueryClientProvider>
    </MantineProvider>
  );
}
