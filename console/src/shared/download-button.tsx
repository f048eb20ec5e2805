import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { asProblem } from "@/client/problem";
import { useDownload } from "./download";

/** A button that saves a file of the API. Why it can't be had stays on the page until closed. */
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
