import { type Api, answer, pages, type Schemas } from "../answers.js";

/** The addresses on your servers that the platform calls. Changes need the scope `admin`. */
export class WebhookEndpoints {
  constructor(private readonly api: Api) {}

  /** Create an endpoint. The response has its secret, which is shown only once. */
  create(
    endpoint: Schemas["CreateWebhookEndpointRequest"],
  ): Promise<Schemas["CreatedWebhookEndpoint"]> {
    return answer(this.api.POST("/api/webhooks/endpoints", { body: endpoint }));
  }

  /** Yield endpoints. */
  list(): AsyncIterable<Schemas["WebhookEndpoint"]> {
    return pages((query) => this.api.GET("/api/webhooks/endpoints", { params: { query } }));
  }

  /** Delete an endpoint. */
  async delete(id: string): Promise<void> {
    await this.api.DELETE("/api/webhooks/endpoints/{id}", { params: { path: { id } } });
  }

  /** Let the platform call an endpoint with a test event. */
  test(id: string): Promise<Schemas["WebhookDelivery"]> {
    return answer(this.api.POST("/api/webhooks/endpoints/{id}/test", { params: { path: { id } } }));
  }

  /** Yield the calls of the last 30 days, with your server's responses. */
  deliveries(endpointId: string): AsyncIterable<Schemas["WebhookDelivery"]> {
    return pages((query) =>
      this.api.GET("/api/webhooks/endpoints/{endpointId}/deliveries", {
        params: { path: { endpointId }, query },
      }),
    );
  }
}
