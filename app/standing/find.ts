import { dirname } from "node:path";
import { makeFolder, writeSoon } from "../../host/files.ts";
import { lookAt } from "../../host/look.ts";
import { readOwn } from "../../host/own-file.ts";
import type { Who } from "../../host/paths.ts";
import { decodeStatus, encodeStatus } from "../../schema/wire/status.ts";
import { statusPath } from "../published-status.ts";
import { type Kept, keptPath, keyOf, LASTS_MS, type Question } from "./kept.ts";

const MAX_BYTES = 32 * 1024 * 1024;
const NEWLINE = 10;

/**
 * The answer that an earlier run gave and that still stands: the same question in the same circumstances, and everything as it was that the
 * answer was read from. Undefined where there is none. What that run published is published again, as of now.
 * @param now milliseconds since the epoch
 */
export function standingAnswer(question: Question, now: number): Uint8Array | undefined {
  try {
    const found = readKept(keptPath(question));
    if (found === undefined || found.kept.key !== keyOf(question)) return undefined;
    const { kept, text } = found;
    if (kept.made > now || kept.made + LASTS_MS < now) return undefined;
    if (!kept.stamps.every(([path, look, stamp]) => lookAt(path, look) === stamp)) return undefined;
    if (kept.status !== undefined) publishAgain(question.who, Buffer.from(kept.status, "base64"), now);
    return text;
  } catch {
    return undefined; // the long way says what is the matter
  }
}

function readKept(path: string): { readonly kept: Kept; readonly text: Uint8Array } | undefined {
  const bytes = readOwn(path, MAX_BYTES);
  if (bytes === undefined) return undefined;
  const end = bytes.indexOf(NEWLINE);
  const kept = JSON.parse(bytes.toString("utf8", 0, end)) as Kept;
  const text = bytes.subarray(end + 1);
  // A file that was cut off in a crash.
  return text.length === kept.bytes ? { kept, text } : undefined;
}

function publishAgain(who: Who, bytes: Uint8Array, now: number): void {
  const status = decodeStatus(bytes);
  if (status === undefined) throw new Error("the kept status is none");
  const path = statusPath(who);
  makeFolder(dirname(path));
  writeSoon(path, encodeStatus({ ...status, timestamp: Math.floor(now / 1000) }));
}
