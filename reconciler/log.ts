import type { SignedHead } from "../schema/model/witness.ts";
import { append, type LogOptions } from "./audit/append.ts";
import type { Entry, NewEntry } from "./audit/entry.ts";
import { readHead } from "./audit/head.ts";
import { hasKey, type OpenKey, openKeyOrNone } from "./audit/key.ts";
import { openIntentIn } from "./audit/open-intent.ts";
import { endBefore, entriesIn } from "./audit/read.ts";
import { readLines, segmentsOf } from "./audit/segments.ts";
import { type Noted, type Verification, verifyLog } from "./audit/verify.ts";

export type { LogOptions } from "./audit/append.ts";
export { brokenLog } from "./audit/broken.ts";
export type { Entry, EventName, NewEntry } from "./audit/entry.ts";
export type { Noted, Verification } from "./audit/verify.ts";

/** The append-only, hash-chained journal of one scope. Written before anything is done, and after. */
export interface Log {
  /** On the disk when it returns, what looks like a secret left out. */
  append(entry: NewEntry): Entry;
  /**
   * The intent that nothing has closed yet.
   * @throws OmgError `log-broken` for a log that cannot be read to its end
   */
  open(): Entry | undefined;
  /** All lines up to the first that cannot be read; whether there is one, `verify` says. */
  entries(): readonly Entry[];
  /** The same of those in the file that grows. */
  recent(): readonly Entry[];
  /** @param options `recent`: only what recovery reads, the file that grows. `key`: instead of the one that is kept here. */
  verify(options?: VerifyOptions): Verification;
  /** Where omg left the log, signed; undefined for a log that nothing was ever signed for. */
  head(): SignedHead | undefined;
}

export interface VerifyOptions {
  readonly recent?: true;
  readonly noted?: readonly Noted[];
  readonly key?: OpenKey;
}

export function openLog(options: LogOptions): Log {
  const { path, headPath, keys } = options;
  return {
    append: (entry) => append(options, entry),
    open: () => openIntentIn(readLines(path).lines, path),
    entries: () => segmentsOf(path).flatMap(entriesIn),
    recent: () => entriesIn(path),
    verify: ({ recent, noted = [], key } = {}) => {
      const paths = segmentsOf(path);
      const before = recent === undefined ? undefined : endBefore(paths, path);
      return verifyLog({
        scope: options.scope,
        paths: recent === undefined ? paths : paths.filter((each) => each === path),
        from: before,
        head: readHead(headPath),
        key: key ?? openKeyOrNone(keys),
        mustBeSigned: hasKey(keys) || key !== undefined,
        noted,
      });
    },
    head: () => readHead(headPath)?.signed,
  };
}
