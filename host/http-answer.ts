import type { IncomingMessage } from "node:http";
import { FetchFailure } from "./fetch-failure.ts";

/** Where the body of an answer belongs in the whole file. */
export interface Place {
  readonly start: number;
  readonly total?: number;
}

/**
 * Reads a final answer to a GET for everything from the byte `from` on (0: for all of it). A 200 is the whole file, whatever
 * was asked (RFC 9110, 14.2).
 * @throws FetchFailure `http-status` for what is no such answer (a 206 or a 304 that nobody asked for too), `range` for a part
 * that is not the one asked for, or that the server does not have
 */
export function placeOfBody(message: IncomingMessage, from: number): Place {
  const status = message.statusCode ?? 0;
  if (status === 200) return wholeFile(message);
  if (status === 206 && from > 0) return partOfFile(message, from);
  if (status === 416 && from > 0) throw new FetchFailure("range", `the server has nothing from byte ${from} on`);
  throw badStatus(message, status);
}

function wholeFile(message: IncomingMessage): Place {
  const length = lengthOf(message);
  return { start: 0, ...(length === undefined ? {} : { total: length }) };
}

/** RFC 9110, 14.4: `bytes 100-199/200`, or `*` for a total that is not known. */
function partOfFile(message: IncomingMessage, from: number): Place {
  const text = message.headers["content-range"] ?? "";
  const found = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(text);
  const [start, end, total] = [Number(found?.[1]), Number(found?.[2]), Number(found?.[3])];
  const whole = found?.[3] === "*" || total > end;
  if (found === null || start !== from || end < start || !whole)
    throw new FetchFailure(
      "range",
      `asked for the bytes from ${from} on, the server sent others (${text || "unnamed"})`,
    );
  const length = lengthOf(message);
  if (length !== undefined && length !== end - start + 1)
    throw new FetchFailure("range", `the server calls ${length} bytes the part ${text}`);
  return { start, ...(found[3] === "*" ? {} : { total }) };
}

function lengthOf(message: IncomingMessage): number | undefined {
  const length = Number(message.headers["content-length"] ?? Number.NaN);
  return Number.isSafeInteger(length) ? length : undefined;
}

function badStatus(message: IncomingMessage, status: number): FetchFailure {
  const words = `the server answered ${status} ${message.statusMessage ?? ""}`.trim();
  const retryAfterMs = retryAfter(message.headers["retry-after"]) ?? limitReset(message.headers);
  const answer = { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  return new FetchFailure("http-status", words, undefined, answer);
}

/** RFC 9110, 10.2.3: seconds, or a date. */
function retryAfter(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/** GitHub's REST API, "Rate limits": how many questions are left, and when there will be new ones, in seconds since 1970. */
function limitReset(headers: IncomingMessage["headers"]): number | undefined {
  const reset = Number(headers["x-ratelimit-reset"] ?? Number.NaN);
  if (headers["x-ratelimit-remaining"] !== "0" || !Number.isSafeInteger(reset)) return undefined;
  return Math.max(0, reset * 1000 - Date.now());
}
