import type { MediaFile } from "@generated/api";
import { Anchor, Button, Text } from "@mantine/core";
import { useState } from "react";
import { queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { counted } from "@/shared/number";
import styles from "./inbox.module.css";

/** The pictures and other files of a message. They are fetched when somebody wants to see them. */
export function Media({ messageId, count }: { messageId: string; count: number }) {
  const [isWanted, setWanted] = useState(false);
  const media = queries.useQuery(
    "get",
    "/api/messages/{id}/media",
    { params: { path: { id: messageId } } },
    { enabled: isWanted },
  );
  if (!media.data) {
    return (
      <div>
        <Button
          variant="default"
          size="compact-sm"
          loading={media.isFetching}
          onClick={() => (isWanted ? void media.refetch() : setWanted(true))}
        >
          Show {counted(count, "file")}
        </Button>
        {media.error && (
          <Text size="xs" role="alert">
            {asProblem(media.error).message}
          </Text>
        )}
      </div>
    );
  }
  return media.data.items.map((file) => <File key={file.id} file={file} />);
}

function File({ file }: { file: MediaFile }) {
  const name = `File ${file.position + 1}`;
  if (file.url === null) {
    return (
      <Text size="xs" c="dimmed">
        {name} {file.status === "failed" ? "could not be fetched." : "is still being fetched."}
      </Text>
    );
  }
  if (file.mediaType?.startsWith("image/")) {
    return <img className={styles.picture} src={file.url} alt={name} loading="lazy" />;
  }
  return (
    <Anchor href={file.url} target="_blank" rel="noreferrer" size="sm">
      {name} ({file.mediaType ?? "unknown type"})
    </Anchor>
  );
}
