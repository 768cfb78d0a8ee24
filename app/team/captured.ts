import { readPlatform } from "../../host/platform.ts";
import { OmgError } from "../../schema/error.ts";
import { globMatches } from "../../schema/files/glob.ts";
import type { RequestEdit } from "../../schema/files/lock-edit.ts";
import { withCaptured } from "../../schema/files/merge/additions.ts";
import type { Provider } from "../../schema/model/provider.ts";
import { lockFrom, type Seen, seenHere } from "../commands/capture.ts";
import type { Context } from "../context.ts";
import { type FoundLock, lockInput, nameOfLock, readLockAt } from "../lock-file.ts";
import { pinRequests } from "../pinning.ts";
import { type ChangedHere, changedHere } from "./changed-here.ts";

/** A lock with what was done on this machine in it. Nothing is written yet. */
export interface Captured {
  readonly text: string;
  /** What was not taken, and why. */
  readonly notes: readonly string[];
  /** Puts what proves the pins into the store. To be done before they are written. */
  readonly keepEvidence: () => Promise<void>;
}

/**
 * A team's lock with this machine's news in it: what was asked for here and stands in no lock, what was removed here by hand, and what was brought
 * to another version. Where there is any, it is pinned as `omg lock` does it. `text`: undefined where the team has no lock yet.
 * @throws OmgError `lock-invalid`, `edit-refused`, `pins-in-include`, `lock-unresolvable`
 */
export async function capturedInto(
  ctx: Context,
  { folder, path, text }: { readonly folder: string; readonly path: string; readonly text: string | undefined },
): Promise<Captured> {
  const { seen } = await seenHere(ctx, {});
  const drafts = (draft: string) => new Map([[path, draft]]);
  const nothing = async () => undefined;
  if (text === undefined) return { text: await asLock(ctx, path, seen), notes: [], keepEvidence: nothing };
  const found = await readLockAt(ctx, path, "drop", drafts(text));
  if (found.pinsFile !== path) throw pinsInInclude(path, found.pinsFile);
  const changed = await changedHere(ctx, folder, found, seen);
  const added = withCaptured(text, await asLock(ctx, path, seen), isNew(found, changed, seen));
  if (added === undefined) throw editRefused(path);
  const moved = await withMoved(added, found, changed.moved);
  const { edited, notes } = await without(ctx, path, moved, changed.removed);
  const all = [...changed.notes, ...notes];
  if (edited === text) return { text, notes: all, keepEvidence: nothing };
  const asked = await readLockAt(ctx, path, "drop", drafts(edited));
  const pinning = await pinRequests(ctx, {}, asked, { drafts: drafts(edited) });
  const { onlyIndexes, before, after, keepEvidence } = pinning;
  return { text: onlyIndexes ? before : after, notes: all, keepEvidence };
}

function asLock(ctx: Context, path: string, seen: ReadonlyMap<Provider, Seen>): Promise<string> {
  const proposals = new Map([...seen].map(([provider, { proposal }]) => [provider, proposal] as const));
  return lockFrom(nameOfLock(ctx, path), readPlatform().platform, proposals);
}

/** What the lock neither has nor leaves out on purpose, and nobody took out of it. */
function isNew({ lock }: FoundLock, { notNew }: ChangedHere, seen: ReadonlyMap<Provider, Seen>) {
  const names = new Set(
    [...seen.keys()].flatMap((provider) => provider.desired(lock).wanted.map(({ name }) => `${provider.name}.${name}`)),
  );
  const providers = (section: string, name: string) =>
    [...seen].flatMap(([{ name: provider, section: own = provider }, { proposal }]) =>
      (own === section && name in proposal.requests) || name in (proposal.sources ?? {})
        ? [`${provider}.${name}` as const]
        : [],
    );
  return (section: string, name: string): boolean => {
    if (section === "runtimes") return !(name in lock.runtimes);
    const ignored = (lock.packages[section]?.ignore ?? []).some((pattern) => globMatches(pattern, name));
    return !ignored && !providers(section, name).some((address) => names.has(address) || notNew.has(address));
  };
}

async function withMoved(
  text: string,
  { lock, pinsElsewhere }: FoundLock,
  moved: ChangedHere["moved"],
): Promise<string> {
  if (Object.keys(moved).length === 0) return text;
  const { writePins } = await import("../../schema/files/pins-writer.ts");
  const names = new Set([...Object.keys(lock.pins), ...Object.keys(pinsElsewhere)]);
  const sections = Object.fromEntries(
    [...names].map((name) => [name, { ...pinsElsewhere[name], ...lock.pins[name], ...moved[name] }]),
  );
  return writePins(text, lock.platform, { indexes: lock.indexes, sections });
}

/** What stands in an included file is not this one's to take out. */
async function without(ctx: Context, path: string, text: string, removed: readonly RequestEdit[]) {
  const { editRequest } = await import("../../schema/files/lock-edit.ts");
  const notes: string[] = [];
  let edited = text;
  for (const edit of removed) {
    try {
      edited = editRequest(lockInput(ctx, path, new Map([[path, edited]])).input, edit);
    } catch (error) {
      if (!(error instanceof OmgError)) throw error;
      notes.push(`${edit.name} is gone here and stays in the lock: ${error.message}`);
    }
  }
  return { edited, notes };
}

function editRefused(path: string): OmgError {
  return new OmgError({
    code: "edit-refused",
    exit: "error",
    message: `${path} is written in a way in which omg cannot add what this machine has.`,
    state: "Nothing was changed.",
    hint: "Add it by hand, or leave it: --no-capture",
  });
}

function pinsInInclude(path: string, file: string): OmgError {
  return new OmgError({
    code: "pins-in-include",
    exit: "error",
    message: `${path} has its pins in ${file}, where this machine's changes are not written.`,
    state: "Nothing was changed.",
    hint: "Use omg install, omg remove and omg update in the clone, commit both files, and push with --no-capture.",
  });
}
