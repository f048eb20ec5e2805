export type { Api, Schemas } from "./answers.js";
export { Client, type Options } from "./client.js";
export { ApiError, type FieldError } from "./errors.js";
export type { components, operations, paths } from "./generated/api.js";
export type { Progress } from "./resources/campaigns.js";
export type { Listener, Listening, ReceivedCall } from "./resources/webhook_listeners.js";
export * as webhooks from "./webhooks.js";
