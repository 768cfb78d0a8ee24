import { join } from "node:path";
import { readIfPresent } from "../../host/files.ts";
import { OmgError } from "../../schema/error.ts";
import { globMatches } from "../../schema/files/glob.ts";
import { type LockChange, lockChanges, withCaptured } from "../../schema/files/merge/additions.ts";
import { capture } from "../commands/capture.ts";
import type { Context } from "../context.ts";
import { readLockAt } from "../lock-file.ts";
import type { WorkTree } from "./work-tree.ts";

/** What a lock is to say, and what that changes. */
export interface Draft {
  readonly path: string;
  readonly text: string;
  /** Against the last commit. */
  readonly changes: readonly LockChange[];
}

/**
 * omg.lock of a work tree, and with `captures` what was asked for on this machine besides. Names that the lock has stay as they are: what is not
 * installed here may only not be applied yet. Writes nothing.
 * @throws OmgError `no-lock`, `lock-invalid`, `edit-refused`
 */
export async function draftOf(ctx: Context, { folder, git }: WorkTree, captures: boolean): Promise<Draft> {
  const path = join(folder, "omg.lock");
  const present = readIfPresent(path)?.toString("utf8");
  if (present === undefined && !captures) throw noLock(path);
  const text = captures ? await captured(ctx, path, present) : (present ?? "");
  await readLockAt(ctx, path, "refuse", new Map([[path, text]]));
  const committed = await git.run(["show", "HEAD:omg.lock"]);
  const changes = lockChanges(committed.code === 0 ? committed.stdout : "version: 1\n", text) ?? [];
  return { path, text, changes };
}

async function captured(ctx: Context, path: string, present: string | undefined): Promise<string> {
  const { text } = await capture(ctx, { file: path, print: true });
  if (present === undefined) return text;
  const { lock } = await readLockAt(ctx, path);
  const added = withCaptured(present, text, (section, name) => {
    const found = lock.packages[section];
    if (section === "runtimes") return !(name in lock.runtimes);
    return !(name in (found?.packages ?? {})) && !(found?.ignore ?? []).some((pattern) => globMatches(pattern, name));
  });
  if (added !== undefined) return added;
  throw new OmgError({
    code: "edit-refused",
    exit: "error",
    message: `${path} is written in a way in which omg cannot add what this machine has.`,
    state: "Nothing was changed.",
    hint: "Add it by hand, or leave it: --no-capture",
  });
}

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
  const body = [...lines, ...pinned];
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

function noLock(path: string): OmgError {
  return new OmgError({
    code: "no-lock",
    exit: "error",
    message: `There is no ${path}.`,
    state: "Nothing was changed.",
  });
}
