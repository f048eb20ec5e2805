/**
 * The typed client of the API. Its functions return data, and throw a {@link Problem} for every
 * error.
 */
import type { paths } from "@generated/api";
import createClient, { type Middleware } from "openapi-fetch";
import createQueries from "openapi-react-query";
import { forgetRefused, tokenOfMode } from "./mode";
import { noAnswer, Problem, problemOf } from "./problem";

/**
 * Send a request with the access token. If the API refuses the token, refresh it once and send a
 * fresh copy. The retry is not in a middleware, because the body of the request that a middleware
 * gets is already consumed.
 */
export async function authorizedFetch(request: Request): Promise<Response> {
  const again = request.clone();
  const first = await send(request, await requiredToken());
  if (first.response.status !== 401) return first.response;
  forgetRefused(first.token);
  return (await send(again, await requiredToken())).response;
}

async function send(request: Request, token: string) {
  request.headers.set("Authorization", `Bearer ${token}`);
  try {
    return { response: await fetch(request), token };
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw noAnswer();
  }
}

async function requiredToken(): Promise<string> {
  const token = await tokenOfMode();
  if (token === null) {
    throw new Problem({ status: 401, code: "signed_out", detail: "Your session ended. Sign in." });
  }
  return token;
}

const throwProblems: Middleware = {
  async onResponse({ response }) {
    if (!response.ok) throw await problemOf(response);
  },
};

/** The client for routes that need a sign-in. */
export const api = createClient<paths>({ baseUrl: location.origin, fetch: authorizedFetch });
api.use(throwProblems);

/** The client for routes that need no sign-in. A sign-in gets the refresh token as a cookie. */
export const publicApi = createClient<paths>({
  baseUrl: location.origin,
  headers: { "X-Session": "cookie" },
  fetch: async (request) => {
    try {
      return await fetch(request);
    } catch {
      throw noAnswer();
    }
  },
});
publicApi.use(throwProblems);

/** Queries and mutations of the API as React hooks. */
export const queries = createQueries(api);
