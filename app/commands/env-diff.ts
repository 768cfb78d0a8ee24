import { reconcile } from "../../reconciler/reconcile.ts";
import type { Change } from "../../schema/model/change.ts";
import type { Wanted } from "../../schema/model/desired.ts";
import type { Attributes } from "../../schema/model/resource.ts";
import type { Context, Selection } from "../context.ts";
import type { EnvDifference, EnvDiffResult } from "../results.ts";
import { prepare } from "../run.ts";

/** What differs between lock and machine, entry by entry. Wakes no solver, and changes nothing. */
export async function envDiff(ctx: Context, options: Selection): Promise<EnvDiffResult> {
  const { world, found } = await prepare(ctx, options);
  const { diff } = await reconcile(world, {
    goal: { type: "lock" },
    until: "diff",
    allowDowngrades: false,
    consent: async () => undefined,
  });
  const wanted = new Map(
    world.desired.flatMap((one) => one.wanted).map((each) => [`${each.provider}.${each.name}`, each]),
  );
  const lock = { name: found.identity.name, path: found.lock.path, platform: found.lock.platform };
  const ahead = diff.ahead.map(({ address, installed, pinned }): EnvDifference => {
    const request = wanted.get(address)?.request ?? null;
    return { address, kind: "ahead", lock: request, pinned, installed };
  });
  const unreadable = diff.unreadable.map(({ address }): EnvDifference => {
    const each = wanted.get(address);
    return {
      address,
      kind: "unreadable",
      lock: each?.request ?? null,
      pinned: each?.pin?.version ?? null,
      installed: null,
    };
  });
  const changes = diff.changes.map((change) => differenceOf(change, wanted.get(change.address)));
  return { lock, differences: [...changes, ...unreadable], ahead, satisfied: diff.satisfied };
}

function differenceOf(change: Change, wanted: Wanted | undefined): EnvDifference {
  const { address, kind, before, after, request } = change;
  const inLock =
    wanted === undefined ? null : wanted.presence === "present" ? (wanted.request ?? null) : wanted.presence;
  const keys = kind === "modify" && before !== null && after !== null ? differing(before, after) : undefined;
  return {
    address,
    kind,
    lock: request ?? inLock,
    pinned: after === null ? null : (wordsOf(after, keys) ?? wanted?.pin?.version ?? null),
    installed: before === null ? null : (wordsOf(before, keys) ?? null),
  };
}

function differing(before: Attributes, after: Attributes): readonly string[] {
  return Object.keys(after).filter((key) => before[key] !== after[key]);
}

/** The version or value; of a modification what it moves: `hold: true`. */
function wordsOf(attributes: Attributes, keys: readonly string[] | undefined): string | undefined {
  const first = attributes.version ?? attributes.value ?? attributes.uris;
  if (keys === undefined) return first === undefined ? undefined : String(first);
  return keys
    .map((key) => (["version", "value"].includes(key) ? String(attributes[key]) : `${key}: ${attributes[key] ?? "-"}`))
    .join(", ");
}
