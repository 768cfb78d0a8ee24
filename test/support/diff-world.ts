import { diff } from "../../reconciler/diff.ts";
import type { Base } from "../../schema/model/base.ts";
import type { Diff } from "../../schema/model/change.ts";
import type { Desired, UnmanagedRule, Wanted } from "../../schema/model/desired.ts";
import type { Address, Attributes, Health, ObservedResource } from "../../schema/model/resource.ts";

/** A small world for the diff, in words: versions are whole numbers, a name maps to what it is. */
export interface DiffWorld {
  readonly want?: Readonly<Record<string, Partial<Omit<Wanted, "provider" | "name">> & { readonly at?: string }>>;
  readonly have?: Readonly<Record<string, string | (Partial<ObservedResource> & { readonly at?: string })>>;
  readonly base?: { readonly wanted?: DiffWorld["want"]; readonly owned?: Readonly<Record<string, Attributes>> };
  /** Addresses that other locks own or want. */
  readonly elsewhere?: readonly Address[];
  /** The source that omg took a version from, by `apt.a=1`. */
  readonly cameFrom?: Readonly<Record<string, string>>;
  readonly silent?: boolean;
  readonly unmanaged?: Partial<UnmanagedRule>;
  readonly allowDowngrades?: boolean;
  readonly rollback?: boolean;
}

const IDENTITY = { name: "test", repository: "local:/test" };
const NUMBERS = {
  compare: (a: string, b: string) => Number(a) - Number(b),
  satisfies: (version: string, request: string) => request === "*" || version === request,
};

export function diffOf(world: DiffWorld): Diff {
  return diff({
    base: world.base === undefined ? undefined : baseOf(world.base),
    elsewhere: new Set(world.elsewhere),
    desired: [desiredOf(world)],
    observed: new Map([
      [
        "apt",
        {
          provider: "apt",
          resources: new Map(Object.entries(world.have ?? {}).map(([name, has]) => [name, observedOf(name, has)])),
          interrupted: [],
          counts: {},
        },
      ],
    ]),
    versioning: new Map([["apt", NUMBERS]]),
    allowDowngrades: world.allowDowngrades ?? false,
    rollback: world.rollback ?? false,
    cameFrom: (address, version) => world.cameFrom?.[`${address}=${version}`],
  });
}

/** `install apt.a`, `upgrade apt.b (drift)`: enough to see what a diff says. */
export function changesOf(world: DiffWorld): readonly string[] {
  return diffOf(world).changes.map(({ kind, address, cause }) => `${kind} ${address} (${cause})`);
}

function wantedOf(name: string, { at, ...rest }: NonNullable<DiffWorld["want"]>[string]): Wanted {
  return {
    provider: "apt",
    name,
    presence: "present",
    attributes: {},
    ...(at === undefined ? {} : { pin: { version: at } }),
    ...rest,
  };
}

function wantedList(want: DiffWorld["want"]): readonly Wanted[] {
  return Object.entries(want ?? {}).map(([name, one]) => wantedOf(name, one));
}

function desiredOf(world: DiffWorld): Desired {
  return {
    provider: "apt",
    wanted: wantedList(world.want),
    unmanaged: { mode: "report", foreign: "report", ignore: [], ...world.unmanaged },
    ...(world.silent === undefined ? {} : { silent: world.silent }),
    notes: [],
  };
}

function baseOf(base: NonNullable<DiffWorld["base"]>): Base {
  const owned = Object.entries(base.owned ?? {}).map(([name, attributes]) => [`apt.${name}`, attributes]);
  return {
    lock: IDENTITY,
    generation: 1,
    wanted: wantedList(base.wanted),
    owned: Object.fromEntries(owned) as Base["owned"],
  };
}

function observedOf(name: string, has: NonNullable<DiffWorld["have"]>[string]): ObservedResource {
  const { at, ...rest } = typeof has === "string" ? { at: has } : has;
  const health: Health = "installed";
  return {
    name,
    health,
    requested: true,
    attributes: { auto: false, hold: false, ...(at === undefined ? {} : { version: at }) },
    ...rest,
  };
}
