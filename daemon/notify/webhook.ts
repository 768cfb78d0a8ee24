import { createHmac } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { FetchFailure } from "../../host/fetch-failure.ts";
import { openHttp } from "../../host/http.ts";
import { environmentRouting } from "../../host/proxy.ts";
import type { Pending } from "./outbox.ts";

export interface Webhook {
  readonly address: string;
  /** Path of the file with the key. */
  readonly key: string;
}

const CONNECT_MS = 10_000;
const STALL_MS = 20_000;
/** RFC 2104 asks for no less than the hash is long. */
const SHORTEST_KEY = 32;
const LONGEST_KEY = 4096;

/**
 * Posts a notification, signed as Standard Webhooks has it (spec/standard-webhooks.md, "Signature scheme"): HMAC-SHA256 over id, time and
 * body, so that whoever gets it knows who sent it, when, and whether it came before.
 * @returns why it was not taken, without the address, which may be a secret; undefined where it was
 */
export async function post(
  { address, key }: Webhook,
  { id, body }: Pick<Pending, "id" | "body">,
  now: Date,
  signal: AbortSignal,
): Promise<string | undefined> {
  const secret = readKey(key);
  if (typeof secret === "string") return secret;
  const time = Math.floor(now.getTime() / 1000);
  const signature = createHmac("sha256", secret).update(`${id}.${time}.${body}`).digest("base64");
  const headers = {
    "webhook-id": id,
    "webhook-timestamp": String(time),
    "webhook-signature": `v1,${signature}`,
  };
  try {
    const options = {
      connectMs: CONNECT_MS,
      stallMs: STALL_MS,
      routing: environmentRouting(process.env),
      headers,
      signal,
    };
    const source = await openHttp(new URL(address), { ...options, json: body });
    await source.close();
    return undefined;
  } catch (error) {
    const status = error instanceof FetchFailure ? error.answer?.status : undefined;
    if (status !== undefined && status > 200 && status < 300) return undefined;
    return `${new URL(address).host} did not take it: ${whyOf(error, status)}`;
  }
}

function whyOf(error: unknown, status: number | undefined): string {
  if (status !== undefined) return `it answered ${status}`;
  return error instanceof FetchFailure ? error.reason : "the connection broke";
}

/** @returns the key, or why it cannot be used */
function readKey(path: string): Buffer | string {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const { mode, uid, size } = fstatSync(file);
    if ((mode & constants.S_IFMT) !== constants.S_IFREG || size > LONGEST_KEY) return `${path} is no file with a key`;
    if ((mode & 0o077) !== 0) return `${path} can be read by others: it needs the mode 0600`;
    if (![0, process.getuid?.()].includes(uid)) return `${path} belongs to somebody else`;
    const text = readFileSync(file).toString("latin1").replace(/\s+$/, "");
    return text.length < SHORTEST_KEY
      ? `${path} holds fewer than ${SHORTEST_KEY} characters`
      : Buffer.from(text, "latin1");
  } catch {
    return `${path} cannot be read`;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
