import { failpoint } from "../host/failpoint.ts";
import type { Base, Generation } from "../schema/model/base.ts";
import type { Attributes, Observed } from "../schema/model/resource.ts";
import { emptyBase } from "./bases.ts";
import type { Entry } from "./log.ts";
import { note } from "./note.ts";
import { observe } from "./observe.ts";
import type { Pending } from "./pending.ts";
import type { ScopeWorld, World } from "./world.ts";

/** Makes a finished run the new generation: snapshot, base, log. Each can be written again after a crash. */
export async function recordDone(world: World, scope: ScopeWorld, pending: Pending, intent: Entry): Promise<number> {
  const observed = await observe(world, pending.goal, scope.scope);
  const { base } = pending;
  failpoint("record.before-generation");
  scope.generations.write(
    snapshot(world, scope, observed, base, {
      number: base.generation,
      cause: pending.goal.type === "lock" ? "apply" : "rollback",
      lockDigest: pending.lockDigest,
      entry: intent.hash,
      ...(typeof intent.data.book === "string" ? { evidence: intent.data.book } : {}),
    }),
  );
  failpoint("record.before-base");
  scope.bases.write(base);
  failpoint("record.before-done");
  note(world, scope, "apply.done", intent.subject, {
    closes: intent.hash,
    generation: base.generation,
    goal: pending.goal,
  });
  return base.generation;
}

/** The machine as the first apply finds it, so that there is a way back from that one too. */
export async function recordBaseline(
  world: World,
  scope: ScopeWorld,
  observed: ReadonlyMap<string, Observed>,
): Promise<void> {
  if (scope.generations.latest() >= 0) return;
  const base = emptyBase(world.binding.lock, 0);
  scope.generations.write(
    snapshot(world, scope, observed, base, { number: 0, cause: "baseline", lockDigest: "", entry: "" }),
  );
}

function snapshot(
  world: World,
  scope: ScopeWorld,
  observed: ReadonlyMap<string, Observed>,
  base: Base,
  made: Pick<Generation, "number" | "cause" | "lockDigest" | "entry" | "evidence">,
): Generation {
  const own = scope.providers.flatMap(({ name }) => observed.get(name) ?? []);
  const installed = Object.fromEntries(own.map((one) => [one.provider, installedOf(one)]));
  return {
    ...made,
    time: world.now().toISOString(),
    lock: base.lock,
    wanted: base.wanted,
    owned: base.owned,
    installed,
    artifacts: knownArtifacts(scope, installed),
  };
}

function installedOf(observed: Observed): Readonly<Record<string, Attributes>> {
  const entries = [...observed.resources.values()]
    .filter((resource) => resource.health !== "residual")
    .map((resource) => [resource.name, resource.attributes] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function knownArtifacts(scope: ScopeWorld, installed: Generation["installed"]): Readonly<Record<string, string>> {
  const known = Object.entries(installed).flatMap(([provider, resources]) =>
    Object.entries(resources).flatMap(([name, attributes]) => {
      const version = attributes.version;
      const record = typeof version === "string" ? scope.records.artifact(`${provider}.${name}`, version) : undefined;
      return record === undefined ? [] : [[`${provider}.${name}=${String(version)}`, record.sha256] as const];
    }),
  );
  return Object.fromEntries(known);
}
