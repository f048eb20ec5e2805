import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

/** The accent colour: for the primary action and the current place in the navigation. */
const accent: MantineColorsTuple = [
  "#eef4ff",
  "#d9e6fd",
  "#b0cbf8",
  "#84aef2",
  "#5f95ed",
  "#4885ea",
  "#3b7ce9",
  "#2c6ad0",
  "#1d5bb8",
  "#0e4a9c",
];

/**
 * The greys of the dark scheme, from text to background. They have the same blue tone as its
 * surfaces.
 */
const dark: MantineColorsTuple = [
  "#e6e9ef",
  "#c3cad5",
  "#a3adbc",
  "#6d7889",
  "#3b4556",
  "#2d3542",
  "#1c222c",
  "#161b23",
  "#12161d",
  "#0c0f14",
];

export const theme = createTheme({
  primaryColor: "accent",
  // The default, shade 6, has too little contrast with white.
  primaryShade: { light: 8, dark: 8 },
  colors: { accent, dark },
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif',
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
  fontSizes: { xs: "12px", sm: "14px", md: "14px", lg: "20px", xl: "28px" },
  lineHeights: { xs: "16px", sm: "20px", md: "20px", lg: "28px", xl: "36px" },
  headings: {
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "20px", lineHeight: "28px" },
      h2: { fontSize: "16px", lineHeight: "24px" },
      h3: { fontSize: "14px", lineHeight: "20px" },
    },
  },
  spacing: { xs: "8px", sm: "12px", md: "16px", lg: "24px", xl: "32px" },
  defaultRadius: "md",
  respectReducedMotion: true,
  // Components are given by name, because importing them here would load all of them at the start.
  components: {
    Modal: { defaultProps: { closeButtonProps: { "aria-label": "Close" }, centered: true } },
    Drawer: { defaultProps: { closeButtonProps: { "aria-label": "Close" } } },
    Notification: { defaultProps: { closeButtonProps: { "aria-label": "Close this message" } } },
    Button: { defaultProps: { size: "sm" } },
    TextInput: { defaultProps: { size: "sm" } },
    PasswordInput: { defaultProps: { size: "sm" } },
    Alert: { defaultProps: { variant: "light" } },
  },
});

/** Colours of Mantine's light boxes, such as alerts, taken from the colours of the states. */
const STATE_COLOURS: Record<string, string> = Object.fromEntries(
  [
    ["red", "failed"],
    ["orange", "unknown"],
    ["teal", "delivered"],
    ["blue", "sent"],
    ["gray", "sending"],
  ].flatMap(([colour, state]) => [
    [`--mantine-color-${colour}-light`, `var(--sb-${state}-soft)`],
    [`--mantine-color-${colour}-light-color`, `var(--sb-${state})`],
  ]),
);

/**
 * The design tokens, each with a value for light and one for dark. The states of a text are sending
 * (grey), sent (blue), delivered (green), failed (red) and unknown (orange), with enough contrast
 * (WCAG AA).
 */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    ...STATE_COLOURS,
    "--mantine-color-body": "#ffffff",
    "--mantine-color-text": "#1b2230",
    "--mantine-color-dimmed": "#5a6474",
    "--mantine-color-error": "#b3261e",
    "--mantine-color-placeholder": "#6b7482",
    "--sb-surface": "#f7f8fa",
    "--sb-raised": "#ffffff",
    "--sb-line": "#e2e6ec",
    "--sb-accent": "#1d5bb8",
    "--sb-accent-soft": "#eef4ff",
    "--sb-sending": "#545d6b",
    "--sb-sending-soft": "#eef0f3",
    "--sb-sent": "#1d5bb8",
    "--sb-sent-soft": "#e8f1fe",
    "--sb-delivered": "#1a6b3c",
    "--sb-delivered-soft": "#e5f5ec",
    "--sb-failed": "#b3261e",
    "--sb-failed-soft": "#fdecea",
    "--sb-unknown": "#8a4b00",
    "--sb-unknown-soft": "#fff3e0",
  },
  dark: {
    ...STATE_COLOURS,
    "--mantine-color-body": "#12161d",
    "--mantine-color-text": "#e6e9ef",
    "--mantine-color-dimmed": "#a3adbc",
    "--mantine-color-error": "#ff9c94",
    "--mantine-color-placeholder": "#8e98a8",
    "--sb-surface": "#181d26",
    "--sb-raised": "#1c222c",
    "--sb-line": "#2d3542",
    "--sb-accent": "#8db8ff",
    "--sb-accent-soft": "#1c2c46",
    "--sb-sending": "#b6bfcc",
    "--sb-sending-soft": "#2a313c",
    "--sb-sent": "#8db8ff",
    "--sb-sent-soft": "#1c2c46",
    "--sb-delivered": "#7bd6a0",
    "--sb-delivered-soft": "#173225",
    "--sb-failed": "#ff9c94",
    "--sb-failed-soft": "#3c1f1d",
    "--sb-unknown": "#ffc078",
    "--sb-unknown-soft": "#3a2a14",
  },
});
