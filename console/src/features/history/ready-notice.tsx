import { Anchor } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { api } from "@/client/client";
import { counted } from "@/shared/number";

const EVERY_MS = 5_000;
const LONGEST_MS = 60 * 60_000;

/**
 * Show a message on any screen when an export is ready, with a link to the file. It stays until it
 * is closed.
 */
export async function tellWhenReady(id: string): Promise<void> {
  const end = Date.now() + LONGEST_MS;
  while (Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    if (document.hidden) continue;
    const found = await look(id);
    if (found?.status === "failed") {
      notifications.show({
        color: "red",
        autoClose: false,
        message: "The export failed. Request it again.",
      });
      return;
    }
    if (found?.status === "done") {
      notifications.show({
        autoClose: false,
        message: (
          <>
            The export is ready: {counted(found.rows ?? 0, "message")}.{" "}
            <Anchor href={found.downloadUrl ?? undefined} download size="sm">
              Download
            </Anchor>
          </>
        ),
      });
      return;
    }
  }
}

/** Return the export, or undefined if it can't be read now, so that it is requested again. */
async function look(id: string) {
  try {
    const params = { path: { id } };
    return (await api.GET("/api/history/exports/{id}", { params })).data;
  } catch {
    return undefined;
  }
}
