import { createReadStream, statSync } from "node:fs";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { pipeline } from "node:stream/promises";
import { connectionFailure, FetchFailure } from "./fetch-failure.ts";
import type { HttpOptions } from "./fetch-types.ts";
import { routeTo } from "./proxy.ts";

/**
 * Puts a file to an address (RFC 9110, 9.3.4). No redirect is followed: where it leads, nobody meant the file to go.
 * FetchFailure for all but a 2xx.
 */
export async function upload(file: string, address: URL, options: HttpOptions): Promise<void> {
  const { size } = statSync(file);
  const route = await routeTo(address, options).catch((error: unknown) => {
    throw connectionFailure(error);
  });
  const fixed = { "user-agent": "omg", "content-type": "application/octet-stream", "content-length": size };
  const { signal } = options;
  const start = address.protocol === "https:" ? httpsRequest : httpRequest;
  const request = start({
    ...route,
    method: "PUT",
    headers: { ...route.headers, ...options.headers, ...fixed },
    ...(signal === undefined ? {} : { signal }),
  });
  const answered = answerTo(request, options);
  // Where the server answers before it has everything, its answer says why.
  const sent = pipeline(createReadStream(file), request).catch(() => undefined);
  const { statusCode = 0, statusMessage = "" } = await answered;
  request.destroy();
  await sent;
  if (statusCode >= 200 && statusCode < 300) return;
  if (statusCode >= 300 && statusCode < 400)
    throw new FetchFailure("redirect", "it answered with a redirect, which is not followed");
  throw new FetchFailure("http-status", `the server answered ${statusCode} ${statusMessage}`.trim(), undefined, {
    status: statusCode,
  });
}

/** The time begins anew with whatever goes out. */
function answerTo(request: ClientRequest, { connectMs, stallMs }: HttpOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const late = new FetchFailure("stalled", "nothing moved for too long");
    const timer = setTimeout(() => request.destroy(late), connectMs + stallMs);
    request.on("drain", () => timer.refresh());
    request.once("response", (message) => {
      clearTimeout(timer);
      message.resume();
      resolve(message);
    });
    request.once("error", (error) => {
      clearTimeout(timer);
      reject(connectionFailure(error));
    });
  });
}
