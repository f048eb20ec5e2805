/** Links to screens in Mantine's style, with the router's type checks of the URLs. */
import { Anchor, Button, type ButtonProps, Menu, type MenuItemProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import { type ComponentPropsWithRef, forwardRef } from "react";

type LinkedButtonProps = ButtonProps & Omit<ComponentPropsWithRef<"a">, keyof ButtonProps>;

const LinkedButton = forwardRef<HTMLAnchorElement, LinkedButtonProps>((props, ref) => (
  <Button component="a" ref={ref} {...props} />
));

/** A button that opens a screen. */
export const ButtonLink = createLink(LinkedButton);

/** A link in a text that opens a screen. */
export const TextLink = createLink(Anchor<"a">);

type LinkedItemProps = MenuItemProps & Omit<ComponentPropsWithRef<"a">, keyof MenuItemProps>;

const LinkedItem = forwardRef<HTMLAnchorElement, LinkedItemProps>((props, ref) => (
  <Menu.Item component="a" ref={ref} {...props} />
));

/** A menu item that opens a screen. */
export const MenuLink = createLink(LinkedItem);
