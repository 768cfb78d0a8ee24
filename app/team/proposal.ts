import { join } from "node:path";
import { readIfPresent } from "../../host/files.ts";
import { OmgError } from "../../schema/error.ts";
import { type LockChange, lockChanges } from "../../schema/files/merge/additions.ts";
import type { Context } from "../context.ts";
import { readLockAt } from "../lock-file.ts";
import { capturedInto } from "./captured.ts";
import { fetchedTip } from "./fetched.ts";
import { conflict, mergedTexts } from "./merge-lock.ts";
import { textAt, type WorkTree } from "./work-tree.ts";

/** What a team's lock is to say, and what that changes. */
export interface Draft {
  readonly path: string;
  readonly text: string;
  /** The newest commit at the server. */
  readonly tip: string;
  /** Whether the clone has that one. */
  readonly current: boolean;
  /** Against that commit. */
  readonly changes: readonly LockChange[];
  /** What of this machine was left out, and why. */
  readonly notes: readonly string[];
  /** To be done before the text is written. */
  readonly keepEvidence: () => Promise<void>;
}

/**
 * What a team's lock would be with what is written in this clone, and with `captures` what was changed on this machine besides, on top of what the
 * server has now. Writes nothing.
 * @throws OmgError `no-lock`, `lock-invalid`, `merge-conflict`, those of fetching and of `capturedInto`
 */
export async function draftOf(ctx: Context, tree: WorkTree, captures: boolean): Promise<Draft> {
  const { folder, git } = tree;
  const path = join(folder, "omg.lock");
  const tip = await fetchedTip(tree);
  const current = (await git.run(["merge-base", "--is-ancestor", tip, "HEAD"])).code === 0;
  const theirs = await textAt(git, tip, "omg.lock");
  const written = await writtenHere(tree, path, current ? undefined : { tip, theirs });
  if (written === undefined && !captures) throw noLock(path, "Nothing was changed.");
  const captured = captures
    ? await capturedInto(ctx, { folder, path, text: written })
    : { text: written ?? "", notes: [], keepEvidence: async () => undefined };
  const { text, notes, keepEvidence } = captured;
  await readLockAt(ctx, path, "refuse", new Map([[path, text]]));
  return { path, text, tip, current, changes: changesOf(theirs, text), notes, keepEvidence };
}

export function changesOf(before: string | undefined, after: string): readonly LockChange[] {
  return lockChanges(before === undefined || before === "" ? "version: 1\n" : before, after) ?? [];
}

/** The lock of the clone; with what the server has, where the clone lacks that. Undefined where neither has one. */
async function writtenHere(
  { git }: WorkTree,
  path: string,
  missing: { readonly tip: string; readonly theirs: string | undefined } | undefined,
): Promise<string | undefined> {
  const ours = readIfPresent(path)?.toString("utf8");
  if (ours === undefined && (await textAt(git, "HEAD", "omg.lock")) !== undefined)
    throw noLock(path, "The last commit has it, and nothing was changed.", "`git restore omg.lock` brings it back.");
  if (missing === undefined || missing.theirs === undefined) return ours;
  if (ours === undefined) return missing.theirs;
  const ancestor = (await git.run(["merge-base", "HEAD", missing.tip])).stdout.trim();
  const base = ancestor === "" ? undefined : await textAt(git, ancestor, "omg.lock");
  const merged = await mergedTexts({ base: base ?? "", ours, theirs: missing.theirs });
  if (merged !== undefined && merged.conflicts.length === 0) return merged.text;
  throw conflict("omg.lock", merged?.conflicts ?? [], {
    state: "Nothing was committed, and nothing was pushed.",
    hint: "Make those names in omg.lock as they are to be, or commit and `git pull`, which puts markers around them; then push again.",
  });
}

/** Nobody reads more than this of a message. */
const MOST_LINES = 100;

/** What a commit says of a lock's changes. Lines of text. */
export function summaryOf(changes: readonly LockChange[]): string {
  const requests = changes.filter((change) => change.of === "request");
  const pins = changes.length - requests.length;
  const [first] = requests;
  const subject =
    requests.length === 1 && first !== undefined
      ? `omg.lock: ${wordsOf(first)}`
      : `omg.lock: ${[counted(requests.length, "entry", "entries"), counted(pins, "pin", "pins")].filter((each) => each !== "").join(" and ")} changed`;
  const lines = requests.length > 1 ? requests.map((change) => `- ${wordsOf(change)}`) : [];
  const pinned = changes.filter((change) => change.of === "pin").map((change) => `- pin ${wordsOf(change)}`);
  const all = [...lines, ...pinned];
  const body = all.length > MOST_LINES ? [...all.slice(0, MOST_LINES), `- and ${all.length - MOST_LINES} more`] : all;
  return `${subject.slice(0, 200)}\n${body.length === 0 ? "" : `\n${body.join("\n")}\n`}`;
}

function counted(count: number, one: string, several: string): string {
  return count === 0 ? "" : `${count} ${count === 1 ? one : several}`;
}

function wordsOf({ name, before, after }: LockChange): string {
  const short = (value: string) => (value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (before === undefined) return `${name} is new: ${short(after ?? "")}`;
  return after === undefined
    ? `${name} goes, which was ${short(before)}`
    : `${name}: ${short(before)} -> ${short(after)}`;
}

function noLock(path: string, state: string, hint?: string): OmgError {
  return new OmgError({
    code: "no-lock",
    exit: "error",
    message: `There is no ${path}.`,
    state,
    ...(hint === undefined ? {} : { hint }),
  });
}
