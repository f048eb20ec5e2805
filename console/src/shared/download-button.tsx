import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { asProblem } from "@/client/problem";
import { useDownload } from "./download";

/**
 * A button that downloads a file from the API. If that fails, the reason stays on the page until it
 * is closed.
 */
export function DownloadButton({ path, children }: { path: string; children: string }) {
  const file = useDownload();
  const onError = (error: unknown) =>
    notifications.show({ color: "red", autoClose: false, message: asProblem(error).message });
  return (
    <Button
      variant="default"
      loading={file.isPending}
      onClick={() => file.mutate(path, { onError })}
    >
      {children}
    </Button>
  );
}
