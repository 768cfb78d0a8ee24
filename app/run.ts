import type { World } from "../reconciler/world.ts";
import { OmgError } from "../schema/error.ts";
import type { Desired } from "../schema/model/desired.ts";
import type { Provider } from "../schema/model/provider.ts";
import type { Context, Selection } from "./context.ts";
import { type FoundLock, readLock } from "./lock-file.ts";
import { readPolicies } from "./policies.ts";
import { sudoWriter } from "./remote.ts";
import type { PlanRequest } from "./request.ts";
import { chooseProviders } from "./selection.ts";
import { composeWorld } from "./world.ts";

/** A lock, and the world it is about. */
export interface Prepared {
  readonly found: FoundLock;
  readonly world: World;
}

export interface PrepareOptions extends Selection {
  /** Refuse anything that is not pinned for this platform. */
  readonly locked?: boolean;
  readonly allowDowngrades?: boolean;
}

/** Reads lock and policies and composes the world that a plan, check or apply of this lock works on. */
export async function prepare(ctx: Context, options: PrepareOptions): Promise<Prepared> {
  const found = await readLock(ctx, options);
  const policies = await readPolicies(ctx, found.lock.path);
  const notes: string[] = [];
  const world: World = await composeWorld(ctx, {
    lock: found.identity,
    lockDigest: found.lock.digest,
    ...(found.commit === undefined ? {} : { commit: found.commit }),
    policies,
    choose: async (all) => {
      const chosen = await chooseProviders(all, options, found.lock);
      notes.push(...chosen.notes);
      return chosen.providers;
    },
    desired: (providers) => desiredOf(providers, found, notes),
    remote: (context) =>
      sudoWriter(
        context,
        systemShare(found, options, () => world),
      ),
    whole: options.only === undefined && options.skip === undefined,
  });
  if (options.locked === true) refuseUnpinned(world.desired, found);
  return { found, world };
}

/** The world is composed around its writer, so the writer asks for it when it is needed. */
export function systemShare(
  found: Pick<FoundLock, "identity">,
  options: Pick<PrepareOptions, "allowDowngrades">,
  world: () => World,
): PlanRequest {
  const systemScope = () => {
    const scope = world().scopes.find((candidate) => candidate.scope === "system");
    if (scope === undefined) throw new Error("no provider of the system scope takes part");
    return scope;
  };
  return {
    lock: found.identity,
    allowDowngrades: options.allowDowngrades ?? false,
    systemScope,
    systemDesired: () => {
      const names = new Set(systemScope().providers.map((provider) => provider.name));
      return world().desired.filter((desired) => names.has(desired.provider));
    },
    interrupted: () => systemScope().log.open() !== undefined,
  };
}

function desiredOf(providers: readonly Provider[], found: FoundLock, notes: readonly string[]): readonly Desired[] {
  const desired = providers.map((provider) => provider.desired(found.lock));
  const [first, ...rest] = desired;
  return first === undefined ? [] : [{ ...first, notes: [...notes, ...first.notes] }, ...rest];
}

function refuseUnpinned(desired: readonly Desired[], found: FoundLock): void {
  const open = desired.flatMap((one) =>
    one.wanted.filter(
      (wanted) => wanted.presence === "present" && wanted.request !== undefined && wanted.pin === undefined,
    ),
  );
  if (open.length === 0) return;
  throw new OmgError({
    code: "unpinned",
    exit: "invalid",
    message: `${open.length} ${open.length === 1 ? "request is" : "requests are"} not pinned for ${found.lock.platform}, and --locked was given.`,
    state: "Nothing was changed.",
    hint: "`omg lock` pins them.",
    details: open.map((wanted) => `${wanted.provider}.${wanted.name}: ${wanted.request ?? "*"}`),
  });
}
