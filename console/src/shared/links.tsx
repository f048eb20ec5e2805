/** Links to screens in the looks of the kit, with the router's checks of addresses. */
import { Anchor, Button, type ButtonProps, Menu, type MenuItemProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import { type ComponentPropsWithRef, forwardRef } from "react";

type LinkedButtonProps = ButtonProps & Omit<ComponentPropsWithRef<"a">, keyof ButtonProps>;

const LinkedButton = forwardRef<HTMLAnchorElement, LinkedButtonProps>((props, ref) => (
  <Button component="a" ref={ref} {...props} />
));

/** A button that leads to a screen. */
export const ButtonLink = createLink(LinkedButton);

/** A link in a text that leads to a screen. */
export const TextLink = createLink(Anchor<"a">);

type LinkedItemProps = MenuItemProps & Omit<ComponentPropsWithRef<"a">, keyof MenuItemProps>;

const LinkedItem = forwardRef<HTMLAnchorElement, LinkedItemProps>((props, ref) => (
  <Menu.Item component="a" ref={ref} {...props} />
));

/** An item of a menu that leads to a screen. */
export const MenuLink = createLink(LinkedItem);
