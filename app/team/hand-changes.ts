import type { Pin, Wanted } from "../../schema/model/desired.ts";
import type { Versioning } from "../../schema/model/provider.ts";
import type { Address, Attributes, ObservedResource } from "../../schema/model/resource.ts";

/** One provider's part of a machine, held against what was applied there. */
export interface HandInput {
  /** What the lock wanted when it was applied here last. */
  readonly was: readonly Wanted[];
  /** What it wants now. */
  readonly wanted: readonly Wanted[];
  /** What was installed after that apply, and what is now. */
  readonly before: ReadonlyMap<string, Attributes>;
  readonly now: ReadonlyMap<string, ObservedResource>;
  /** What omg itself set out to change since. */
  readonly touched: ReadonlySet<Address>;
  /** Pins of what is installed. */
  readonly offered: ReadonlyMap<string, Pin>;
  readonly versioning: Versioning;
}

/** What became of a name. */
export type Told = { readonly name: string } & (
  | { readonly type: "removed" }
  | { readonly type: "moved"; readonly pin: Pin }
  | { readonly type: "stays"; readonly why: string }
);

/**
 * What a person did, told from what was not applied yet. A person's is what the lock had applied here, is otherwise now, and was not touched by omg
 * since; it counts where the lock still says of it what it said then. Pure.
 */
export function handChanges(input: HandInput): readonly Told[] {
  const wanted = new Map(input.wanted.map((each) => [each.name, each]));
  return input.was.flatMap((was) => {
    if (was.presence !== "present" || was.past === true) return [];
    const told = handChange(was, wanted.get(was.name), input);
    return told === undefined ? [] : [{ name: was.name, ...told }];
  });
}

type Unnamed = Told extends infer Each ? (Each extends Told ? Omit<Each, "name"> : never) : never;

function handChange(was: Wanted, wanted: Wanted | undefined, input: HandInput): Unnamed | undefined {
  const { now, touched } = input;
  if (wanted?.presence !== "present") return undefined;
  const before = input.before.get(was.name);
  if (before === undefined || touched.has(`${was.provider}.${was.name}`)) return undefined;
  const here = now.get(was.name);
  if (here === undefined || here.health === "residual") return removal(was, wanted);
  // One that is broken, or cannot be read, says nothing.
  if (here.health !== "installed" || here.attributes.version === before.version) return undefined;
  return move(was, wanted, String(here.attributes.version), input);
}

/** A dependency goes or stays with what needs it: that is worked out when the lock is pinned. */
function removal(was: Wanted, wanted: Wanted): Unnamed | undefined {
  if (was.request === undefined || wanted.request === undefined) return undefined;
  const same = was.request === wanted.request && was.from === wanted.from && samePin(was, wanted);
  return same
    ? { type: "removed" }
    : {
        type: "stays",
        why: "is gone here and stays in the lock, which says otherwise of it than when it was applied here",
      };
}

function move(was: Wanted, wanted: Wanted, version: string, { offered, versioning }: HandInput): Unnamed | undefined {
  if (was.pin === undefined || wanted.pin === undefined || wanted.pin.version === version) return undefined;
  const stays = (why: string): Unnamed => ({ type: "stays", why: `is ${version} here, and its pin stays: ${why}` });
  if (!samePin(was, wanted)) return stays("the lock moved it since it was applied here");
  if (wanted.request !== undefined && !versioning.satisfies(version, wanted.request))
    return stays(`the lock asks for ${wanted.request}`);
  const pin = offered.get(was.name);
  if (pin?.sha256 === undefined) return stays("no source lists that version, so nobody else could have it");
  if (wanted.from !== undefined && pin.from !== wanted.from) return stays(`the lock wants it from ${wanted.from}`);
  return { type: "moved", pin };
}

function samePin(was: Wanted, wanted: Wanted): boolean {
  return was.pin?.version === wanted.pin?.version && was.pin?.sha256 === wanted.pin?.sha256;
}
