import { chmodSync, lchownSync, lstatSync } from "node:fs";
import { takeLeases } from "../../reconciler/lease.ts";
import { mend } from "../../reconciler/mend.ts";
import type { World } from "../../reconciler/world.ts";
import { OmgError } from "../../schema/error.ts";
import type { LockIdentity } from "../../schema/model/desired.ts";
import type { Remedy } from "../../schema/model/finding.ts";
import { setup } from "../commands/setup.ts";
import type { Context } from "../context.ts";
import { readPolicies } from "../policies.ts";
import { refreshHere } from "../refresh.ts";
import { composeWorld, readOnlyScope } from "../world.ts";
import { finishInterrupted } from "../writing.ts";
import { looseFolders } from "./own.ts";

/** Remedies in the order in which they are tried: what was begun is finished first. */
const ORDER: readonly Remedy[] = ["modes", "setup", "recover", "repair", "refresh"];
/** What only root can do. */
const ROOTS: readonly Remedy[] = ["setup", "repair", "refresh"];

/** What was mended, and what could not be, and why. */
export interface Mended {
  readonly done: readonly Remedy[];
  readonly failed: readonly { readonly remedy: Remedy; readonly reason: string }[];
}

/** Tries every remedy once. One that fails is told and stops none of the others. */
export async function mendAll(ctx: Context, remedies: ReadonlySet<Remedy>): Promise<Mended> {
  const done: Remedy[] = [];
  const failed: { remedy: Remedy; reason: string }[] = [];
  for (const remedy of ORDER.filter((each) => remedies.has(each))) {
    try {
      if (ctx.uid !== 0 && ROOTS.includes(remedy))
        failed.push({ remedy, reason: "only root can: sudo omg doctor --fix" });
      else {
        await ACTIONS[remedy](ctx);
        done.push(remedy);
      }
    } catch (cause) {
      if (!(cause instanceof OmgError)) throw cause;
      failed.push({ remedy, reason: cause.message });
    }
  }
  return { done, failed };
}

const ACTIONS: Readonly<Record<Remedy, (ctx: Context) => Promise<void>>> = {
  modes: async (ctx) => {
    for (const path of looseFolders(ctx)) tighten(ctx, path);
  },
  setup: async (ctx) => void (await setup(ctx, { yes: true })),
  recover: async (ctx) => {
    for (const scope of ["system", "user"] as const) {
      const intent = readOnlyScope(ctx, scope).log.open();
      if (intent === undefined) continue;
      const world = await worldOf(ctx, intent.data.lock as LockIdentity);
      for (const own of world.scopes.filter((each) => each.scope === scope)) await finishInterrupted(world, own);
    }
  },
  repair: mendSystem,
  refresh: refreshHere,
};

/** Only root can give a folder another owner; what is no folder is left to people. */
function tighten({ uid }: Context, path: string): void {
  const found = lstatSync(path);
  if (!found.isDirectory()) return;
  if (found.uid !== uid && uid === 0) lchownSync(path, 0, 0);
  if (found.uid === uid || uid === 0) chmodSync(path, found.mode & 0o755);
}

async function mendSystem(ctx: Context): Promise<void> {
  const world = await worldOf(ctx, { name: "doctor", repository: "local:/" });
  const scope = world.scopes.find((each) => each.scope === "system");
  if (scope === undefined) return;
  const leases = await takeLeases({ scopes: [scope] });
  try {
    await mend(world, scope);
  } finally {
    for (const lease of leases) lease.release();
  }
}

async function worldOf(ctx: Context, lock: LockIdentity): Promise<World> {
  return composeWorld(ctx, {
    lock,
    lockDigest: "0".repeat(64),
    policies: await readPolicies(ctx, undefined),
    choose: async (all) => {
      const found = await Promise.all(all.map(async (provider) => ({ provider, found: await provider.detect() })));
      return found.flatMap((each) => (each.found.available ? [each.provider] : []));
    },
    desired: () => [],
    whole: false,
  });
}
