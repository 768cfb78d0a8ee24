import { readRegular, writeOwned } from "../../host/files.ts";
import { OmgError } from "../../schema/error.ts";
import type { PlatformLock } from "../../schema/model/lock.ts";
import type { LockProposal } from "../../schema/model/provider.ts";
import type { Context, Selection } from "../context.ts";
import { type FoundLock, readLock } from "../lock-file.ts";
import { allProviders } from "../providers.ts";
import type { LockResult } from "../results.ts";
import { chooseProviders } from "../selection.ts";
import { readOnlyScope } from "../world.ts";
import { pinsOf } from "./capture.ts";

export interface LockOptions extends Selection {
  /** Only show what would change. */
  readonly print?: boolean;
}

type Pins = PlatformLock["pins"];

const MAX_BYTES = 16 * 1024 * 1024;

/** Pins every request for this platform. Keeps what is pinned and still answers its request; changes nothing else in the file. */
export async function lock(ctx: Context, options: LockOptions): Promise<LockResult> {
  const found = await readLock(ctx, options, "drop");
  const path = found.pinsFile;
  const before = path === found.lock.path ? found.text : readText(path);
  const { proposals, notes } = await proposeAll(ctx, options, found.lock);
  const pins = merged(found, proposals);
  const { writePins } = await import("../../schema/files/pins-writer.ts");
  const after = writePins(before, found.lock.platform, pins, path);
  const written = options.print !== true && after !== before;
  if (written) {
    refuseChanged(new Map([[found.lock.path, found.text]]).set(path, before));
    writeOwned(path, after);
  }
  return {
    path,
    platform: found.lock.platform,
    ...compare(found.lock.pins, proposedOnly(pins.sections, found)),
    written,
    notes,
  };
}

function readText(path: string): string {
  return readRegular(path, MAX_BYTES).toString("utf8");
}

/**
 * The solver takes its time, and people edit: what they wrote meanwhile is never written over.
 * @param texts what was read from each file before
 */
function refuseChanged(texts: ReadonlyMap<string, string>): void {
  for (const [path, text] of texts) {
    if (readText(path) === text) continue;
    throw new OmgError({
      code: "lock-changed",
      exit: "error",
      message: `${path} was changed while its pins were looked for.`,
      state: "It was left as it is now.",
      hint: "Run `omg lock` again.",
    });
  }
}

async function proposeAll(
  ctx: Context,
  options: LockOptions,
  lock: PlatformLock,
): Promise<{ readonly proposals: ReadonlyMap<string, LockProposal>; readonly notes: readonly string[] }> {
  const { providers, notes } = await chooseProviders(await allProviders(ctx), options, lock);
  const proposals = new Map<string, LockProposal>();
  for (const provider of providers) {
    const { records } = readOnlyScope(ctx, provider.scope);
    proposals.set(provider.name, await provider.propose({ lock, observed: await provider.observe(), records }));
  }
  return { proposals, notes: [...notes, ...[...proposals.values()].flatMap((proposal) => proposal.notes)] };
}

/** Sections that no provider here speaks for, and pins of other hosts, stay as they are. */
function merged(found: FoundLock, proposals: ReadonlyMap<string, LockProposal>): ReturnType<typeof pinsOf> {
  const proposed = pinsOf(proposals);
  const kept = Object.fromEntries(Object.entries(found.lock.pins).filter(([section]) => !proposals.has(section)));
  const sections = { ...kept, ...proposed.sections };
  for (const [section, pins] of Object.entries(found.pinsElsewhere))
    sections[section] = { ...pins, ...sections[section] };
  return { indexes: { ...found.lock.indexes, ...proposed.indexes }, sections };
}

/** Without the other hosts' pins, which are no news. */
function proposedOnly(sections: Pins, found: FoundLock): Pins {
  const own = Object.entries(sections).map(([section, pins]) => {
    const elsewhere = found.pinsElsewhere[section] ?? {};
    return [
      section,
      Object.fromEntries(Object.entries(pins).filter(([name, pin]) => elsewhere[name] !== pin)),
    ] as const;
  });
  return Object.fromEntries(own);
}

/** Names that came, went and moved, as addresses. */
function compare(before: Pins, after: Pins): Pick<LockResult, "added" | "removed" | "changed"> {
  const old = flat(before);
  const now = flat(after);
  return {
    added: [...now.keys()].filter((name) => !old.has(name)),
    removed: [...old.keys()].filter((name) => !now.has(name)),
    changed: [...now].flatMap(([name, to]) => {
      const from = old.get(name);
      return from === undefined || from === to ? [] : [{ name, from, to }];
    }),
  };
}

function flat(pins: Pins): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(pins).flatMap(([section, entries]) =>
      Object.entries(entries).map(([name, entry]) => [`${section}.${name}`, entry.version] as const),
    ),
  );
}
