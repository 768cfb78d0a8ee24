import { setTimeout } from "node:timers/promises";
import { evidenceDigest } from "../../reconciler/evidence.ts";
import type { Entry } from "../../reconciler/log.ts";
import type { ScopeWorld } from "../../reconciler/world.ts";
import { globMatches } from "../../schema/files/glob.ts";
import type { Grade, Judgement } from "../../schema/model/artifact.ts";
import type { Scope } from "../../schema/model/resource.ts";
import { meaningOf } from "../audit/meaning.ts";
import { momentOf } from "../audit/moment.ts";
import type { AuditRecord, CheckedArtifact } from "../audit/results.ts";
import type { Context } from "../context.ts";
import { readOnlyScope } from "../world.ts";

export interface AuditLogOptions {
  /** Default: both. */
  readonly scope?: Scope;
  readonly since?: string;
  readonly until?: string;
  readonly events?: readonly string[];
  /** Pattern for the lock's name, or the address of something that the line is about. */
  readonly subject?: string;
  readonly actor?: string;
  /** Only so many of the last ones. */
  readonly limit?: number;
  /** Also what was checked of every artifact. */
  readonly evidence?: boolean;
}

/** The lines that are asked for, oldest first. */
export async function auditLog(ctx: Context, options: AuditLogOptions): Promise<readonly AuditRecord[]> {
  const matches = filterOf(ctx, options);
  const found = scopesOf(ctx, options)
    .flatMap((memory) =>
      memory.log
        .entries()
        .filter(matches)
        .map((entry) => ({ memory, entry })),
    )
    .sort((a, b) => (a.entry.time < b.entry.time ? -1 : a.entry.time > b.entry.time ? 1 : 0));
  const last = options.limit === undefined ? found : found.slice(Math.max(0, found.length - options.limit));
  return last.map(({ memory, entry }) => recordOf(memory, entry, options));
}

const POLL_MS = 250;

/** As `auditLog`, then every line that is added, until the signal. @param show false: nobody listens any more */
export async function followAuditLog(
  ctx: Context,
  options: AuditLogOptions,
  show: (records: readonly AuditRecord[]) => boolean,
): Promise<void> {
  const matches = filterOf(ctx, options);
  const followed = scopesOf(ctx, options).map((memory) => ({ memory, seen: lastSeq(memory.log.entries()) }));
  if (!show(await auditLog(ctx, options))) return;
  while (!ctx.signal.aborted) {
    await setTimeout(POLL_MS, undefined, { signal: ctx.signal }).catch(() => undefined);
    for (const each of followed) {
      const added = newer(each.memory, each.seen);
      if (added.length === 0) continue;
      each.seen = lastSeq(added);
      if (!show(added.filter(matches).map((entry) => recordOf(each.memory, entry, options)))) return;
    }
  }
}

/** Lines after one that was seen. Reads more than the file that grows only where that one began since. */
function newer({ log }: Memory, seen: number): readonly Entry[] {
  const recent = log.recent();
  const all = (recent[0]?.seq ?? seen + 1) > seen + 1 ? log.entries() : recent;
  return all.filter(({ seq }) => seq > seen);
}

type Memory = Pick<ScopeWorld, "scope" | "log" | "evidence">;

function scopesOf(ctx: Context, { scope }: AuditLogOptions): readonly Memory[] {
  const asked = scope === undefined ? (["system", "user"] as const) : [scope];
  return asked.map((each) => readOnlyScope(ctx, each));
}

function lastSeq(entries: readonly Entry[]): number {
  return entries.at(-1)?.seq ?? 0;
}

function filterOf(ctx: Context, options: AuditLogOptions): (entry: Entry) => boolean {
  const { since, until, events, subject, actor } = options;
  const from = since === undefined ? undefined : momentOf(since, ctx.now()).toISOString();
  const to = until === undefined ? undefined : momentOf(until, ctx.now()).toISOString();
  return (entry) =>
    (from === undefined || entry.time >= from) &&
    (to === undefined || entry.time <= to) &&
    (events === undefined || events.some((event) => entry.event === event || entry.event.startsWith(`${event}.`))) &&
    (actor === undefined || entry.actor === actor) &&
    (subject === undefined || subjectsOf(entry).some((each) => globMatches(subject, each)));
}

function subjectsOf({ subject, data }: Entry): readonly string[] {
  const lists = [data.steps, data.reasons, data.addresses, data.done].flatMap((list) =>
    Array.isArray(list) ? list : [],
  );
  const named = lists.map((each: unknown) =>
    typeof each === "string" ? each : (each as { readonly address?: unknown } | null)?.address,
  );
  return [subject, ...named.filter((name) => typeof name === "string")];
}

function recordOf(memory: Memory, entry: Entry, { evidence }: AuditLogOptions): AuditRecord {
  const checked = evidence === true ? checkedIn(memory, entry) : undefined;
  return {
    scope: memory.scope,
    entry,
    meaning: meaningOf(entry),
    ...(checked === undefined ? {} : { checked }),
  };
}

/** A line of an earlier version has its evidence in itself. */
type Summary = { readonly address: string; readonly sha256: string; readonly grade: Grade; readonly evidence: unknown };

function checkedIn({ evidence: books }: Memory, { data }: Entry): readonly CheckedArtifact[] | undefined {
  if (!Array.isArray(data.evidence)) return undefined;
  const book = typeof data.book === "string" ? books.read(data.book) : undefined;
  return (data.evidence as readonly Summary[]).map(({ address, sha256, grade, evidence }) => ({
    address,
    sha256,
    grade,
    evidence: Array.isArray(evidence) ? (evidence as Judgement["evidence"]) : inBook(book, address, sha256, evidence),
  }));
}

function inBook(
  book: readonly Judgement[] | undefined,
  address: string,
  sha256: string,
  digest: unknown,
): CheckedArtifact["evidence"] {
  const found = book?.find((each) => each.address === address && each.sha256 === sha256);
  if (found === undefined) return "gone";
  return evidenceDigest(found.evidence) === digest ? found.evidence : "changed";
}
