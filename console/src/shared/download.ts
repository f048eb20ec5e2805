import { useMutation } from "@tanstack/react-query";
import { authorizedFetch } from "@/client/client";
import { problemOf } from "@/client/problem";

const NAME = /filename="?([^";]+)"?/;

/** Give a file to the browser, as a download with a name. */
export function saveFile(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

/** Fetch a file of the API and give it to the browser to save. Raises a Problem. */
async function download(path: string): Promise<void> {
  const response = await authorizedFetch(new Request(new URL(path, location.origin)));
  if (!response.ok) throw await problemOf(response);
  const name = NAME.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? "export.csv";
  saveFile(await response.blob(), name);
}

/** Return the deed that saves a file of the API, such as an export. The page stays usable. */
export function useDownload() {
  return useMutation({ mutationFn: download });
}
