/** Links to screens in the looks of the kit, with the router's checks of addresses. */
import { Anchor, Button } from "@mantine/core";
import { createLink } from "@tanstack/react-router";

/** A button that leads to a screen. */
export const ButtonLink = createLink(Button<"a">);

/** A link in a text that leads to a screen. */
export const TextLink = createLink(Anchor<"a">);
