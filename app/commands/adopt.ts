import { adoptable, adopt as adoptIn } from "../../reconciler/adopt.ts";
import { observe } from "../../reconciler/observe.ts";
import type { ScopeWorld, World } from "../../reconciler/world.ts";
import { OmgError } from "../../schema/error.ts";
import type { Address, Attributes } from "../../schema/model/resource.ts";
import type { Context, Selection } from "../context.ts";
import { adoptAsRoot } from "../remote.ts";
import type { AdoptResult } from "../results.ts";
import { prepare } from "../run.ts";
import { asWriter } from "../writing.ts";

export interface AdoptOptions extends Selection {
  /** Names as in the lock, or addresses such as `apt.ripgrep`. */
  readonly names: readonly string[];
  /** Everything installed that the lock names. */
  readonly all?: boolean;
}

/** Tells omg that it owns what is installed already, for what the lock names. */
export async function adopt(ctx: Context, options: AdoptOptions): Promise<AdoptResult> {
  if (options.all !== true && options.names.length === 0) throw usage("Name what to adopt, or give --all.");
  const { world } = await prepare(ctx, options);
  const observed = await observe(world);
  const possible = new Map(world.scopes.flatMap((scope) => [...adoptable(world, scope, observed)]));
  const chosen = options.all === true ? possible : choose(options.names, possible);
  const results = [];
  for (const scope of world.scopes) {
    const own = new Map(
      [...chosen].filter(([address]) => scope.providers.some((provider) => address.startsWith(`${provider.name}.`))),
    );
    if (own.size > 0) results.push(await adoptInScope(ctx, world, scope, own));
  }
  return { adopted: results.flatMap((result) => result.adopted), already: results.flatMap((result) => result.already) };
}

async function adoptInScope(
  ctx: Context,
  world: World,
  scope: ScopeWorld,
  chosen: ReadonlyMap<Address, Attributes>,
): Promise<AdoptResult> {
  if (scope.remote !== undefined) return adoptAsRoot(ctx, world, scope, [...chosen.keys()].map(nameOf));
  return asWriter(world, scope, async () => {
    const observed = await observe(world);
    const still = [...adoptable(world, scope, observed)].filter(([address]) => chosen.has(address));
    return adoptIn(world, scope, observed, new Map(still));
  });
}

function nameOf(address: Address): string {
  return address.slice(address.indexOf(".") + 1);
}

function choose(
  names: readonly string[],
  possible: ReadonlyMap<Address, Attributes>,
): ReadonlyMap<Address, Attributes> {
  const pairs = names.map((name) => {
    const found = [...possible].find(([address]) => address === name || nameOf(address) === name);
    if (found === undefined)
      throw usage(`${name} cannot be adopted: it is not installed, or this lock does not name it.`);
    return found;
  });
  return new Map(pairs);
}

function usage(message: string): OmgError {
  return new OmgError({
    code: "usage",
    exit: "error",
    message,
    state: "Nothing was changed.",
    hint: "`omg adopt NAME…` takes names that omg.lock holds and that are installed.",
  });
}
