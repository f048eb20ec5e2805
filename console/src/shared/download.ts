import { useMutation } from "@tanstack/react-query";
import { authorizedFetch } from "@/client/client";
import { problemOf } from "@/client/problem";

const NAME = /filename="?([^";]+)"?/;

/** Let the browser save a file under a name. */
export function saveFile(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

/** Fetch a file from the API and let the browser save it. Throws a Problem. */
async function download(path: string): Promise<void> {
  const response = await authorizedFetch(new Request(new URL(path, location.origin)));
  if (!response.ok) throw await problemOf(response);
  const name = NAME.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? "export.csv";
  saveFile(await response.blob(), name);
}

/** Return the mutation that downloads a file from the API, such as an export. */
export function useDownload() {
  return useMutation({ mutationFn: download });
}
