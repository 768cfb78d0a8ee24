import { createServer } from "node:http";

/** How long a client may take, and how many there may be at once. Anybody on this machine can connect. */
const SLOW_MS = 5000;
const CLIENTS = 16;

/**
 * Hands out metrics over http at one port of the loopback, at /metrics, until the returned function is called. No browser can be led there by another
 * name: a request has to name the loopback. System errors pass, as for a port that is taken.
 */
export async function openMetricsPort(port: number, metrics: () => string): Promise<() => void> {
  const server = createServer(
    { requestTimeout: SLOW_MS, headersTimeout: SLOW_MS, maxHeaderSize: 8192 },
    (request, response) => {
      const { method = "", url, headers } = request;
      const isHere = headers.host === undefined || /^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(headers.host);
      const code = !isHere ? 403 : url !== "/metrics" ? 404 : method !== "GET" ? 405 : 200;
      response.writeHead(code, { "content-type": "text/plain; version=0.0.4; charset=utf-8", connection: "close" });
      response.end(code === 200 ? metrics() : "");
    },
  );
  server.maxConnections = CLIENTS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return () => {
    server.close();
    server.closeAllConnections();
  };
}
