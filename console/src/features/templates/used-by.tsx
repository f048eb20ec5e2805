import { List, Text } from "@mantine/core";
import { queries } from "@/client/client";
import { campaignLook } from "@/shared/campaign-look";
import { TextLink } from "@/shared/links";

/**
 * The campaigns that prevent a template from being deleted, because they use it and have not ended.
 */
export function UsedBy({ templateId }: { templateId: string }) {
  const campaigns = queries.useQuery("get", "/api/campaigns", {
    params: { query: { templateId, status: ["scheduled", "running", "paused"], limit: 10 } },
  });
  if (!campaigns.data || campaigns.data.items.length === 0) {
    return <Text size="sm">Campaigns that have not ended use this template.</Text>;
  }
  return (
    <>
      <Text size="sm">These campaigns use it. Cancel them or change their text first.</Text>
      <List size="sm">
        {campaigns.data.items.map(({ id, name, status }) => (
          <List.Item key={id}>
            <TextLink
              to="/campaigns/$campaignId"
              params={{ campaignId: id }}
              size="sm"
              underline="always"
            >
              {name}
            </TextLink>{" "}
            ({campaignLook(status).word.toLowerCase()})
          </List.Item>
        ))}
      </List>
    </>
  );
}
