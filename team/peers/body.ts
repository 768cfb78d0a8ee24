import { once } from "node:events";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { ARTIFACT, type Offer } from "./offer.ts";
import type { Throttle } from "./throttle.ts";

const PIECE = 1 << 16;
/** How long the other side may take for one piece. Milliseconds. */
const STALL_MS = 30_000;
/** So that a question for something that is no hash looks at as much as any other. */
const NO_HASH = "0".repeat(64);

/**
 * Sends the artifact that is asked for, from the byte that is asked for. Both whether it is named and whether it is there are looked
 * at in every case, so that the time tells neither.
 * @returns whether there was something to send
 */
export async function sendArtifact(
  request: IncomingMessage,
  response: ServerResponse,
  offer: Offer,
  throttle: Throttle,
): Promise<boolean> {
  const { method, url = "" } = request;
  const isAsked = method === "GET" && url.startsWith(ARTIFACT) && /^[0-9a-f]{64}$/.test(url.slice(ARTIFACT.length));
  const sha256 = isAsked ? url.slice(ARTIFACT.length) : NO_HASH;
  const named = offer.names(sha256);
  const file = await openObject(offer.path(sha256));
  if (file === undefined) return false;
  try {
    if (!named || !isAsked) return false;
    const { size } = await file.stat();
    const from = startOf(request.headers.range, size);
    await send(response, file, { from, size }, throttle);
    return true;
  } finally {
    await file.close();
  }
}

/** Only a regular file, never through a link at its end; undefined where there is none. */
async function openObject(path: string): Promise<FileHandle | undefined> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(() => undefined);
  if (file === undefined || (await file.stat()).isFile()) return file;
  await file.close();
  return undefined;
}

/** `bytes=N-`, as omg asks; anything else is answered with all of it (RFC 9110, 14.2). */
function startOf(range: string | undefined, size: number): number {
  const from = Number(/^bytes=(\d{1,15})-$/.exec(range ?? "")?.[1] ?? 0);
  return from < size ? from : 0;
}

interface Part {
  readonly from: number;
  readonly size: number;
}

async function send(response: ServerResponse, file: FileHandle, { from, size }: Part, throttle: Throttle) {
  const length = { "content-type": "application/octet-stream", "content-length": size - from };
  if (from === 0) response.writeHead(200, length);
  else response.writeHead(206, { ...length, "content-range": `bytes ${from}-${size - 1}/${size}` });
  for (let at = from; at < size && !response.destroyed; ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(PIECE), 0, Math.min(PIECE, size - at), at);
    if (bytesRead === 0) return void response.destroy(); // it grew shorter: never the end of an answer
    await throttle(bytesRead);
    at += bytesRead;
    if (!response.write(buffer.subarray(0, bytesRead))) await drained(response);
  }
  response.end();
}

/** Who takes nothing for so long is let go, and so is who left. */
async function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) return;
  const gone = new AbortController();
  const { signal } = gone;
  const quiet = { signal };
  await Promise.race([
    once(response, "drain", quiet),
    once(response, "close", quiet),
    pause(STALL_MS, undefined, quiet).then(() => response.destroy()),
  ])
    .catch(() => undefined)
    .finally(() => gone.abort());
}
