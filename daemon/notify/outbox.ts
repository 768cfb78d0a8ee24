import { dirname } from "node:path";
import { makeFolder, readIfPresent, writeAtomic } from "../../host/files.ts";
import type { Known } from "./news.ts";

export type Channel = "webhook" | "command" | "desktop";

/** One notification on its way. */
export interface Pending {
  readonly id: string;
  /** The document that is sent. */
  readonly body: string;
  /** For people: a line each. */
  readonly lines: readonly string[];
  readonly urgent: boolean;
  /** Who has not taken it yet. */
  readonly left: readonly Channel[];
  readonly tries: number;
  /** Not before: milliseconds since 1970. */
  readonly until: number;
}

/** What people were told, and what is on its way to them. */
export interface Outbox {
  readonly known: Known;
  readonly pending: readonly Pending[];
}

const MAX_BYTES = 4 << 20;
/** More than this is no news any more: the oldest go. */
const MOST = 100;

/** One that is lost or cannot be read costs a notification that comes twice. */
export function readOutbox(path: string): Outbox {
  try {
    const value = JSON.parse(readIfPresent(path, MAX_BYTES)?.toString("utf8") ?? "{}") as Partial<Outbox>;
    return { known: value.known ?? {}, pending: Array.isArray(value.pending) ? value.pending : [] };
  } catch {
    return { known: {}, pending: [] };
  }
}

/** Errors of the disk pass. */
export function writeOutbox(path: string, { known, pending }: Outbox): Outbox {
  const kept = { known, pending: pending.slice(-MOST) };
  makeFolder(dirname(path));
  writeAtomic(path, `${JSON.stringify(kept)}\n`, 0o600);
  return kept;
}
