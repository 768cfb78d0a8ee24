import { dirname } from "node:path";
import { makeFolder, writeSoon } from "../../host/files.ts";
import { lookAt } from "../../host/look.ts";
import { readOwn } from "../../host/own-file.ts";
import type { Who } from "../../host/paths.ts";
import { decodeStatus, encodeStatus } from "../../schema/wire/status.ts";
import { statusPath } from "../published-status.ts";
import { decodeKept, keptPath, keyOf, LASTS_MS, type Question } from "./kept.ts";

const MAX_BYTES = 32 * 1024 * 1024;

/**
 * The answer that an earlier run gave and that still stands: the same question in the same circumstances, and everything as it was that the
 * answer was read from. Undefined where there is none. What that run published is published again, as of now.
 * native/standing.c does the same.
 * @param now milliseconds since the epoch
 */
export function standingAnswer(question: Question, now: number): Uint8Array | undefined {
  try {
    const bytes = readOwn(keptPath(question), MAX_BYTES);
    const kept = bytes && decodeKept(bytes);
    if (kept === undefined || kept.key !== keyOf(question) || !isAsked(kept.about, question.about)) return undefined;
    if (kept.made > now || kept.made + LASTS_MS < now) return undefined;
    if (!kept.stamps.every(([path, look, stamp]) => lookAt(path, look) === stamp)) return undefined;
    if (kept.status !== undefined) publishAgain(question.who, kept.status, now);
    return kept.text;
  } catch {
    return undefined; // the long way says what is the matter
  }
}

function isAsked(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((word, index) => word === other[index]);
}

function publishAgain(who: Who, bytes: Uint8Array, now: number): void {
  const status = decodeStatus(bytes);
  if (status === undefined) throw new Error("the kept status is none");
  const path = statusPath(who);
  makeFolder(dirname(path));
  writeSoon(path, encodeStatus({ ...status, timestamp: Math.floor(now / 1000) }));
}
