import { join } from "node:path";
import { withoutCredentials } from "../../host/address.ts";
import { readIfPresent } from "../../host/files.ts";
import { touchedSince } from "../../reconciler/generation-goal.ts";
import type { Generations } from "../../reconciler/generations.ts";
import { OmgError } from "../../schema/error.ts";
import type { RequestEdit } from "../../schema/files/lock-edit.ts";
import { documentsIn, plain } from "../../schema/files/merge/documents.ts";
import type { Base, Generation } from "../../schema/model/base.ts";
import type { PinEntry } from "../../schema/model/lock.ts";
import type { Provider } from "../../schema/model/provider.ts";
import type { Address, Scope } from "../../schema/model/resource.ts";
import { fingerprintOf } from "../../team/trust/document.ts";
import { TRUST_FOLDER } from "../../team/trust/roles.ts";
import type { Seen } from "../commands/capture.ts";
import { readConfig } from "../config.ts";
import type { Context } from "../context.ts";
import type { FoundLock } from "../lock-file.ts";
import { sectionsOf } from "../selection.ts";
import { readOnlyScope } from "../world.ts";
import { handChanges, type Told } from "./hand-changes.ts";

type Pins = Readonly<Record<string, Readonly<Record<string, PinEntry>>>>;

/** What people did on this machine since the team's lock was applied here last. */
export interface ChangedHere {
  /** Requests that go. */
  readonly removed: readonly RequestEdit[];
  /** Pins of other versions, by section and by the name as the lock writes it. */
  readonly moved: Pins;
  /** What is nobody's news: the team took it out of its lock meanwhile, or another lock of this machine asks for it. */
  readonly notNew: ReadonlySet<Address>;
  /** What stays in the lock although it is otherwise here, and why. */
  readonly notes: readonly string[];
}

/** What omg remembers of a scope, for this lock. */
interface Memory {
  readonly base: Base;
  readonly generation: Generation;
  readonly touched: ReadonlySet<Address>;
}

/**
 * Holds this machine against the generation that this lock made last. Where there was none, or not all about it can be read, nothing counts as
 * changed by hand: then what is missing here may only not be applied yet. `folder`: the top of the clone.
 */
export async function changedHere(
  ctx: Context,
  folder: string,
  found: FoundLock,
  seen: ReadonlyMap<Provider, Seen>,
): Promise<ChangedHere> {
  const repositories = await repositoriesOf(ctx, folder, found);
  const isOurs = ({ lock }: Pick<Base, "lock">) =>
    lock.name === found.identity.name && repositories.includes(lock.repository);
  const native = found.lock.platform.slice(found.lock.platform.lastIndexOf("-") + 1);
  const pinnedElsewhere = platformsThatPin(found);
  const memories = new Map<Scope, Memory | string | undefined>();
  const notNew = new Set<Address>();
  const notes: string[] = [];
  const removed: RequestEdit[] = [];
  const moved: Record<string, Record<string, PinEntry>> = {};
  for (const [provider, { observed, proposal }] of seen) {
    const { scope, name, section: shared, versioning } = provider;
    if (!memories.has(scope)) memories.set(scope, remembered(scope));
    const memory = memories.get(scope);
    // What shares its section with others is a runtime: a version beside others, and not the one that is installed.
    if (memory === undefined || typeof memory === "string" || shared !== undefined) continue;
    const before = new Map(Object.entries(memory.generation.installed[name] ?? {}));
    const { wanted } = provider.desired(found.lock);
    const offered = new Map(proposal.pins.map((each) => [each.name, each.pin]));
    const was = memory.base.wanted.filter((each) => each.provider === name);
    const told = handChanges({
      was,
      wanted,
      before,
      now: observed.resources,
      touched: memory.touched,
      offered,
      versioning,
    });
    for (const each of told) take(provider, each);
  }
  for (const memory of memories.values()) if (typeof memory === "string") notes.push(memory);
  if ([...memories.values()].every((memory) => memory === undefined)) notes.push(NEVER_APPLIED);
  return { removed, moved, notNew, notes };

  function take(provider: Provider, told: Told): void {
    const { name } = told;
    const section =
      sectionsOf(provider).find((each) => spelled(found.lock.packages[each]?.packages, name)) ?? provider.name;
    const key = spelled(found.lock.pins[section], name);
    if (told.type === "stays") notes.push(`${name} ${told.why}`);
    else if (told.type === "moved") {
      const entry = key === undefined ? undefined : found.lock.pins[section]?.[key];
      if (key === undefined || entry === undefined) return;
      moved[section] = { ...moved[section], [key]: { ...told.pin, auto: entry.auto } };
    } else {
      const others = pinnedElsewhere(section, name);
      if (others.length === 0) removed.push({ section, name, spellings: [`${name}:${native}`], to: null });
      else notes.push(`${name} is gone here and stays in the lock, which pins it for ${others.join(", ")} as well`);
    }
  }

  /** All that this lock ever asked for here. What it has no more and was here all along is not asked for anew by being here still. */
  function wantedBefore(generations: Generations): readonly Address[] {
    const made = [
      ...generations.numbers().map((number) => generations.read(number)),
      ...generations.remnants().map((number) => generations.remnant(number)),
    ];
    const own = made.filter(({ lock }) => isOurs({ lock }));
    return own.flatMap(({ wanted }) =>
      wanted.flatMap(({ provider, name, request }) => (request === undefined ? [] : [`${provider}.${name}` as const])),
    );
  }

  function spelled(entries: Readonly<Record<string, unknown>> | undefined, name: string): string | undefined {
    return [name, `${name}:${native}`].find((each) => entries !== undefined && Object.hasOwn(entries, each));
  }

  function remembered(scope: Scope): Memory | string | undefined {
    const memory = readOnlyScope(ctx, scope);
    try {
      const all = memory.bases.all();
      for (const { wanted } of all.filter((base) => !isOurs(base)))
        for (const { provider, name, request } of wanted) if (request !== undefined) notNew.add(`${provider}.${name}`);
      const [base] = all.filter(isOurs).sort((a, b) => b.generation - a.generation);
      if (base === undefined) return undefined;
      const generation = memory.generations.read(base.generation);
      for (const address of wantedBefore(memory.generations)) if (isIn(generation, address)) notNew.add(address);
      const touched = touchedSince(memory, base.generation);
      if (touched === undefined) return cannotTell("the log does not tell all that omg did since");
      return { base, generation, touched };
    } catch (error) {
      if (error instanceof OmgError) return cannotTell(error.message);
      throw error;
    }
  }
}

const NEVER_APPLIED =
  "This lock was never applied on this machine: what it names and is not here stays in it, and no pin moves.";

function isIn({ installed }: Generation, address: Address): boolean {
  const dot = address.indexOf(".");
  return installed[address.slice(0, dot)]?.[address.slice(dot + 1)] !== undefined;
}

function cannotTell(why: string): string {
  return `What was changed here by hand cannot be told (${why.replace(/\.$/, "")}): what is not here stays in the lock, and no pin moves.`;
}

/** Where the lock can have been applied from: this clone, and the address by which this machine follows the same team. */
async function repositoriesOf(ctx: Context, folder: string, { identity }: FoundLock): Promise<readonly string[]> {
  const first = readIfPresent(join(folder, TRUST_FOLDER, "1.json"))?.toString("utf8");
  // One that holds a login is root's alone; then this clone's own address is all that is known.
  const daemon = (await readConfig(ctx, "system").catch(() => undefined))?.daemon;
  const same = first !== undefined && daemon?.repository !== undefined && daemon.team === fingerprintOf(first);
  return [identity.repository, ...(same ? [withoutCredentials(daemon.repository ?? "")] : [])];
}

/** Other platforms that a name is pinned for, in the lock's own file. */
function platformsThatPin({ lock, text }: FoundLock): (section: string, name: string) => readonly string[] {
  const documents = [...plain(documentsIn(text) ?? new Map()).values()] as readonly Readonly<Record<string, unknown>>[];
  const others = documents.filter(({ pins }) => typeof pins === "string" && pins !== lock.platform);
  return (section, name) =>
    others
      .filter((document) => Object.hasOwn((document[section] ?? {}) as object, name))
      .map(({ pins }) => String(pins));
}
