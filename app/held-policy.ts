import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { canonical, digestOf } from "../host/canonical-json.ts";
import { sha256 } from "../host/digest.ts";
import { makeFolder, readIfPresent, writeAtomic } from "../host/files.ts";
import { pathsFor } from "../host/paths.ts";
import type { Loosening } from "../policy/loosening.ts";
import { OmgError } from "../schema/error.ts";
import type { PolicyFile } from "../schema/model/policy.ts";
import type { Context } from "./context.ts";

// What the repository's policy asked for when it was last applied here. One that asks for less does not take effect by being
// there: whoever can write to the repository could loosen it and install in one commit. The earlier one counts beside it until
// somebody on this machine accepts the looser one.

/** The policies of a repository that count beside the one that is there. */
export interface HeldPolicy {
  /** As they were applied, their places marked as earlier ones. Empty where the present one is no looser. */
  readonly earlier: readonly PolicyFile[];
  /** In what the present one asks for less. */
  readonly loosenings: readonly Loosening[];
  /** Digest over `earlier`, for plans to be bound to. */
  readonly digest: string;
}

interface Kept {
  /** Of the policy.toml. What a repository calls itself does not count: the commit that loosens could change that as well. */
  readonly path: string;
  readonly applied: readonly PolicyFile[];
}

const MAX_BYTES = 8 * 1024 * 1024;
/** Policies that ask for less in one respect and more in another pile up. Nobody has so many unless somebody means to. */
const MOST = 16;

/**
 * What of the repository's earlier policies counts beside the present one. Errors: `record-damaged`, which refuses
 * everything: what was demanded cannot be guessed.
 */
export async function readHeld(
  ctx: Context,
  path: string,
  now: PolicyFile | undefined,
): Promise<HeldPolicy | undefined> {
  const kept = readKept(ctx, path);
  if (kept === undefined) return undefined;
  const { loosenings } = await import("../policy/loosening.ts");
  const looser = kept.applied.map((before) => ({ before, found: loosenings(before, now ?? {}) }));
  const held = looser.filter(({ found }) => found.length > 0);
  if (held.length === 0) return undefined;
  const earlier = held.map(({ before }) => asEarlier(before, path));
  const distinct = new Map(held.flatMap(({ found }) => found).map((one) => [canonical({ ...one }), one]));
  return { earlier, loosenings: [...distinct.values()], digest: digestOf(earlier) };
}

/**
 * Keeps what was applied: the present policy, and those that it is looser than.
 * @throws OmgError `policy-not-accepted` where too many wait for a decision
 */
export async function rememberPolicy(ctx: Context, path: string, now: PolicyFile | undefined): Promise<void> {
  const kept = readKept(ctx, path);
  if (kept === undefined && now === undefined) return;
  const { loosenings } = await import("../policy/loosening.ts");
  const isAsStrict = (one: PolicyFile, other: PolicyFile) => loosenings(other, one).length === 0;
  const present = now ?? {};
  const before = (kept?.applied ?? []).filter((one) => !isAsStrict(present, one));
  const applied = before.some((one) => isAsStrict(one, present)) ? before : [...before, present];
  if (applied.length > MOST) throw tooMany(path);
  write(ctx, { path, applied }, kept);
}

/** Lets the present policy alone count from now on. */
export function acceptPolicy(ctx: Context, path: string, now: PolicyFile | undefined): void {
  const kept = readKept(ctx, path);
  if (now !== undefined) write(ctx, { path, applied: [now] }, kept);
  else if (kept !== undefined) rmSync(fileOf(ctx, path), { force: true });
}

function write(ctx: Context, next: Kept, kept: Kept | undefined): void {
  if (kept !== undefined && canonical({ ...kept }) === canonical({ ...next })) return;
  const file = fileOf(ctx, next.path);
  makeFolder(dirname(file), ctx.uid === 0 ? 0o755 : 0o700);
  writeAtomic(file, `${JSON.stringify(next, undefined, 1)}\n`, ctx.uid === 0 ? 0o644 : 0o600);
}

function readKept(ctx: Context, path: string): Kept | undefined {
  const file = fileOf(ctx, path);
  const bytes = readIfPresent(file, MAX_BYTES);
  if (bytes === undefined) return undefined;
  const value = parse(bytes);
  if (Array.isArray(value?.applied) && value.path === path) return value as Kept;
  throw damaged(file);
}

function parse(bytes: Buffer): { readonly [K in keyof Kept]?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** With whoever judges by it: root's own for what root runs, the user's for what the user runs. */
function fileOf(ctx: Context, path: string): string {
  const { state } = pathsFor(ctx.uid === 0 ? "system" : "user", ctx);
  return join(state, "policy", `${sha256(path).slice(0, 32)}.json`);
}

/** Every place of the file says that it is the earlier one's. */
function asEarlier(file: PolicyFile, path: string): PolicyFile {
  const place = `${path} as last applied`;
  const marked = JSON.stringify(file, (key, value: unknown) =>
    key === "file" && typeof value === "string" ? place : value,
  );
  return JSON.parse(marked) as PolicyFile;
}

function damaged(path: string): OmgError {
  return new OmgError({
    code: "record-damaged",
    exit: "error",
    message: `omg's own record ${path} does not hold what omg writes there.`,
    state: "Nothing was done: what this repository's policy demanded before cannot be told.",
    hint: "Restore the file from a backup, or remove it: the policy.toml that is there counts then as it is.",
  });
}

function tooMany(path: string): OmgError {
  return new OmgError({
    code: "policy-not-accepted",
    exit: "refused",
    message: `${path} was loosened ${MOST} times, and nobody has accepted that on this machine.`,
    state: "What is installed stays; the policies that were applied before count on.",
    hint: "`omg policy accept` shows what it asks less for, and asks.",
  });
}
