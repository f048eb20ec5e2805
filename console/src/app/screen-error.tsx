import { Button, Stack, Text, Title } from "@mantine/core";
import type { ErrorComponentProps } from "@tanstack/react-router";
import { asProblem } from "@/client/problem";
import { TextLink } from "@/shared/links";
import { Failing } from "@/shared/states";

/** Shown instead of a screen that failed, for example because its code could not be loaded. */
export function ScreenError({ error, reset }: ErrorComponentProps) {
  const problem = asProblem(error);
  const isOld = problem.message.includes("dynamically imported module");
  const retry = isOld ? () => location.reload() : reset;
  return (
    <Stack p="xl">
      {isOld ? (
        <>
          <Title order={1}>There is a new version of this page</Title>
          <Text>What you were writing is kept in this browser. Load the page again to go on.</Text>
          <div>
            <Button onClick={retry}>Load the page again</Button>
          </div>
        </>
      ) : (
        <Failing problem={problem} onRetry={retry} />
      )}
    </Stack>
  );
}

/** Shown for a URL that no screen has. */
export function NotFound() {
  return (
    <Stack p="xl" gap="sm">
      <Title order={1}>There is no such page</Title>
      <Text>The address may be misspelt, or the page may have moved.</Text>
      <TextLink to="/">Go to the dashboard</TextLink>
    </Stack>
  );
}
