import { readRegular } from "../host/files.ts";
import { OmgError } from "../schema/error.ts";
import type { PinEntry, PlatformLock } from "../schema/model/lock.ts";
import type { LockProposal, PinUpdate, Provider } from "../schema/model/provider.ts";
import type { Context, Selection } from "./context.ts";
import { keepEvidence } from "./evidence.ts";
import type { Drafts, FoundLock } from "./lock-file.ts";
import { allProviders } from "./providers.ts";
import type { PinChange } from "./results.ts";
import { chooseProviders } from "./selection.ts";
import { readOnlyScope } from "./world.ts";

type Pins = PlatformLock["pins"];

/** Of each provider that takes part. */
export type Proposals = ReadonlyMap<Pick<Provider, "name" | "section" | "sections" | "speaksFor">, LockProposal>;

/** The pins document of this platform as it would be written. Nothing is written here. */
export interface Pinning {
  /** The file that holds it. */
  readonly path: string;
  /** The file's text, drafts counted. */
  readonly before: string;
  readonly after: string;
  /** Nothing but the digests of the indexes would change: what proves the pins already need not be replaced. */
  readonly onlyIndexes: boolean;
  readonly changes: readonly PinChange[];
  readonly notes: readonly string[];
  /** Puts what proves the pins into the store. To be done before they are written. */
  readonly keepEvidence: () => Promise<void>;
}

const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Pins every request for this platform. Keeps what is pinned and still answers its request, but for what `update` names. `since`:
 * the pins that the changes are counted from; default: the lock's.
 */
export async function pinRequests(
  ctx: Context,
  selection: Selection,
  found: FoundLock,
  options: { readonly drafts?: Drafts; readonly update?: PinUpdate; readonly since?: Pins } = {},
): Promise<Pinning> {
  const path = found.pinsFile;
  const before = path === found.lock.path ? found.text : (options.drafts?.get(path) ?? readText(path));
  const { proposals, notes } = await proposeAll(ctx, selection, found.lock, options.update);
  const pins = merged(found, proposals);
  const { writePins } = await import("../schema/files/pins-writer.ts");
  const { platform, indexes } = found.lock;
  const proven = Object.keys(indexes).length > 0;
  return {
    path,
    before,
    after: writePins(before, platform, pins, path),
    onlyIndexes: proven && writePins(before, platform, { ...pins, indexes }, path) === before,
    changes: compare(options.since ?? found.lock.pins, proposedOnly(pins.sections, found)),
    notes,
    keepEvidence: () => keepEvidence(readOnlyScope(ctx, "system").store, proposals.values()),
  };
}

/**
 * The solver takes its time, and people edit: what they wrote meanwhile is never written over.
 * @param texts what was read from each file before
 * @throws OmgError `lock-changed`
 */
export function refuseChanged(texts: ReadonlyMap<string, string>, again: string): void {
  for (const [path, text] of texts) {
    if (readText(path) === text) continue;
    throw new OmgError({
      code: "lock-changed",
      exit: "error",
      message: `${path} was changed while its pins were looked for.`,
      state: "It was left as it is now.",
      hint: `Run \`omg ${again}\` again.`,
    });
  }
}

function readText(path: string): string {
  return readRegular(path, MAX_BYTES).toString("utf8");
}

async function proposeAll(
  ctx: Context,
  selection: Selection,
  lock: PlatformLock,
  update: PinUpdate | undefined,
): Promise<{ readonly proposals: Proposals; readonly notes: readonly string[] }> {
  const { providers, notes } = await chooseProviders(await allProviders(ctx), selection, lock);
  const proposals = new Map<Provider, LockProposal>();
  for (const provider of providers) {
    const { records, kept } = readOnlyScope(ctx, provider.scope);
    const input = {
      lock,
      observed: await provider.observe(),
      records,
      kept,
      ...(update === undefined ? {} : { update }),
    };
    proposals.set(provider, await provider.propose(input));
  }
  return { proposals, notes: [...notes, ...[...proposals.values()].flatMap((proposal) => proposal.notes)] };
}

/** Sections that no provider here speaks for, and pins of other hosts, stay as they are. */
function merged(found: FoundLock, proposals: Proposals): ReturnType<typeof pinsOf> {
  const proposed = pinsOf(proposals);
  const sections: Record<string, Readonly<Record<string, PinEntry>>> = { ...proposed.sections };
  for (const [section, pins] of [...Object.entries(keptPins(found, proposals)), ...Object.entries(found.pinsElsewhere)])
    sections[section] = { ...pins, ...sections[section] };
  // Who proposes any proposes all that are needed: what is not among them proves nothing any more.
  const indexes = Object.keys(proposed.indexes).length > 0 ? proposed.indexes : found.lock.indexes;
  return { indexes, sections };
}

/** What no provider here speaks for: whole sections, and names in those that several share. */
function keptPins({ lock }: FoundLock, proposals: Proposals): Pins {
  const whole = new Set(
    [...proposals.keys()].flatMap(({ name, section, sections = [name] }) => (section === undefined ? sections : [])),
  );
  const sharing = [...proposals.keys()].filter(({ section }) => section !== undefined);
  const isSpokenFor = (name: string) => sharing.some((each) => each.speaksFor?.(name) ?? each.name === name);
  const shared = new Set([...proposals.keys()].flatMap(({ section }) => section ?? []));
  return Object.fromEntries(
    Object.entries(lock.pins)
      .filter(([section]) => !whole.has(section))
      .map(([section, pins]) => [
        section,
        Object.fromEntries(Object.entries(pins).filter(([name]) => !shared.has(section) || !isSpokenFor(name))),
      ]),
  );
}

/** Proposals in the shape of a pins document. */
export function pinsOf(proposals: Proposals): {
  readonly indexes: LockProposal["indexes"];
  readonly sections: Readonly<Record<string, Readonly<Record<string, PinEntry>>>>;
} {
  const indexes = Object.assign(
    {},
    ...[...proposals.values()].map((proposal) => proposal.indexes),
  ) as LockProposal["indexes"];
  const sections = new Map<string, [string, PinEntry][]>();
  for (const [{ name: provider, section: own = provider }, { pins }] of proposals)
    for (const { name, pin, auto, section = own } of pins) {
      const known = sections.get(section) ?? [];
      sections.set(section, known);
      known.push([name, { ...pin, auto }]);
    }
  const named = [...sections].map(([section, pins]) => [section, Object.fromEntries(pins)] as const);
  return { indexes, sections: Object.fromEntries(named) };
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

/** Pins that came, went and moved to another version or source. */
function compare(before: Pins, after: Pins): readonly PinChange[] {
  const old = flat(before);
  const now = flat(after);
  const names = [...new Set([...old.keys(), ...now.keys()])];
  return names.flatMap((address) => {
    const from = old.get(address);
    const to = now.get(address);
    if (from?.version === to?.version) return [];
    const source = to?.from ?? from?.from;
    return [
      {
        address,
        from: from?.version ?? null,
        to: to?.version ?? null,
        auto: (to ?? from)?.auto === true,
        ...(source === undefined ? {} : { source }),
      },
    ];
  });
}

function flat(pins: Pins): ReadonlyMap<string, PinEntry> {
  return new Map(
    Object.entries(pins).flatMap(([section, entries]) =>
      Object.entries(entries).map(([name, entry]) => [`${section}.${name}`, entry] as const),
    ),
  );
}
