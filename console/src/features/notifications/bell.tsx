import { ActionIcon, Button, Group, Indicator, Popover, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Bell } from "lucide-react";
import { api, queries } from "@/client/client";
import { TextLink } from "@/shared/links";
import { Notification } from "./notification";

/** The notifications, with the count of unread ones. */
export function NotificationBell() {
  const [isOpen, popover] = useDisclosure(false);
  const cache = useQueryClient();
  const latest = queries.useQuery("get", "/api/notifications", {
    params: { query: { limit: 10 } },
  });
  const readAll = useMutation({
    mutationFn: async () => api.POST("/api/notifications/read-all", { body: {} }),
    onSuccess: () => cache.invalidateQueries({ queryKey: ["get", "/api/notifications"] }),
  });
  const unread = latest.data?.unreadCount ?? 0;
  return (
    <Popover
      position="bottom-end"
      width={340}
      trapFocus
      opened={isOpen}
      onChange={(open) => (open ? popover.open() : popover.close())}
    >
      <Indicator
        label={unread > 99 ? "99+" : unread}
        disabled={unread === 0}
        size={16}
        offset={6}
        color="red.8"
      >
        <Popover.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={32}
            onClick={popover.toggle}
            aria-label={unread > 0 ? `Notifications, ${unread} unread` : "Notifications"}
          >
            <Bell size={20} aria-hidden />
          </ActionIcon>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown>
        <Stack gap="sm">
          <Group justify="space-between">
            <Text fw={600}>Notifications</Text>
            <Button
              variant="subtle"
              size="compact-xs"
              disabled={unread === 0}
              onClick={() => readAll.mutate()}
            >
              Mark all as read
            </Button>
          </Group>
          {latest.data?.items.length === 0 && (
            <Text size="sm" c="dimmed">
              Nothing has happened yet.
            </Text>
          )}
          {latest.data?.items.map((item) => (
            <Notification key={item.id} item={item} onOpen={popover.close} />
          ))}
          <TextLink to="/billing/settings" size="xs" underline="always" onClick={popover.close}>
            Who gets which alerts
          </TextLink>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
