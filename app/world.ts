import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { type Paths, pathsFor } from "../host/paths.ts";
import { readPlatform } from "../host/platform.ts";
import { BUILT_IN_POLICY, createGate } from "../policy/index.ts";
import { keyPathsIn } from "../reconciler/audit/key.ts";
import { openBases } from "../reconciler/bases.ts";
import { openEvidence } from "../reconciler/evidence.ts";
import { openGenerations } from "../reconciler/generations.ts";
import { type Log, openLog } from "../reconciler/log.ts";
import { openRecords } from "../reconciler/records.ts";
import { openStore, type Store } from "../reconciler/store.ts";
import type { RemoteWriter, ScopeWorld, World } from "../reconciler/world.ts";
import type { Desired, LockIdentity } from "../schema/model/desired.ts";
import type { Provider } from "../schema/model/provider.ts";
import type { Scope } from "../schema/model/resource.ts";
import type { Witness } from "../schema/model/witness.ts";
import { advisoryFolders, advisorySources } from "./advisories.ts";
import type { Context } from "./context.ts";
import { keptIn, keptOrNearby } from "./evidence.ts";
import { licensesThrough } from "./licenses.ts";
import { nearbySource } from "./peers/nearby.ts";
import type { Policies } from "./policies.ts";
import { provenanceDesk, trustFolders } from "./provenance.ts";
import { allProviders } from "./providers.ts";
import { sudoWriter } from "./remote.ts";
import { writeStatus } from "./status-file.ts";
import { LEASE } from "./under-way.ts";
import { witnessesFor } from "./witness.ts";

export interface WorldInput {
  readonly lock: LockIdentity;
  readonly lockDigest: string;
  readonly commit?: string;
  readonly policies: Policies;
  /** Narrows the providers of this build to those that take part. */
  readonly choose: (all: readonly Provider[]) => Promise<readonly Provider[]>;
  readonly desired: (providers: readonly Provider[]) => readonly Desired[];
  /** Whether the run sees the whole lock: only then may it speak for the machine in the status file. */
  readonly whole: boolean;
}

/** Puts a world together: the one place where providers, policy and the reconciler meet. */
export async function composeWorld(ctx: Context, input: WorldInput): Promise<World> {
  const stores = openStores(ctx);
  const witnesses = await witnessesFor(ctx);
  const providers = await input.choose(await allProviders(ctx));
  const nearby = () => nearbySource(ctx, input.lock);
  const scopes = (["system", "user"] as const).map((scope) => {
    const own = providers.filter((provider) => provider.scope === scope);
    const remote = scope === "system" && ctx.uid !== 0 ? sudoWriter(ctx) : undefined;
    const composed = composeScope(ctx, scope, own, stores[scope], remote, witnesses);
    return ctx.elevated ? composed : { ...composed, kept: keptOrNearby(composed.store, nearby) };
  });
  const own = pathsFor(ctx.uid === 0 ? "system" : "user", ctx);
  const policies = { builtIn: BUILT_IN_POLICY, ...input.policies };
  const filePath = (sha256: string) =>
    [stores.system, stores.user].map((store) => store.path(sha256)).find((path) => existsSync(path));
  const desk = await provenanceDesk(ctx, policies, { scopes, filePath });
  return {
    scopes: scopes.filter((scope) => scope.providers.length > 0),
    desired: input.desired(providers),
    binding: {
      lock: input.lock,
      lockDigest: input.lockDigest,
      ...(input.commit === undefined ? {} : { commit: input.commit }),
      policies: input.policies.digests,
      platform: readPlatform().platform,
    },
    ...(desk === undefined ? {} : { provenance: desk }),
    gate: createGate({
      policies,
      now: ctx.now(),
      cache: own.cache,
      sightings: join(own.state, "sightings.json"),
      advisories: { folders: advisoryFolders(ctx), sources: () => advisorySources(ctx) },
      releases: join(own.state, "releases.json"),
      trust: trustFolders(ctx),
      ...(desk === undefined ? {} : { provenance: { known: desk.known, trust: trustFolders(ctx) } }),
      filePath,
      licensesOf: licensesThrough(providers),
    }),
    ...(ctx.elevated ? {} : { nearby }),
    actor: ctx.user,
    forOthers: ctx.elevated,
    host: hostname(),
    now: ctx.now,
    emit: ctx.emit,
    signal: ctx.signal,
    publish: (snapshot) => {
      if (input.whole) writeStatus(ctx, snapshot);
    },
  };
}

/** What omg remembers of a scope, for commands that only look at it. */
export function readOnlyScope(
  ctx: Context,
  scope: Scope,
  witnesses: readonly Witness[] = [],
): Omit<ScopeWorld, "providers" | "remote"> {
  return composeScope(ctx, scope, [], openStores(ctx)[scope], undefined, witnesses);
}

/** Where one scope keeps its things. */
function composeScope(
  ctx: Context,
  scope: Scope,
  providers: readonly Provider[],
  store: Store,
  remote: RemoteWriter | undefined,
  witnesses: readonly Witness[],
): ScopeWorld {
  const paths = pathsFor(scope, ctx);
  const mode = scope === "system" ? 0o644 : 0o600;
  return {
    scope,
    providers,
    store,
    kept: keptIn(store),
    bases: openBases(join(paths.state, "base"), mode),
    generations: openGenerations(join(paths.data, "generations"), mode),
    log: logIn(ctx, scope, paths, mode, witnesses),
    evidence: openEvidence(join(paths.data, "evidence"), mode),
    records: openRecords(join(paths.data, "artifacts.json"), store),
    leasePath: join(paths.state, LEASE),
    workspace: join(paths.state, "run"),
    ...(remote === undefined ? {} : { remote }),
  };
}

function logIn(ctx: Context, scope: Scope, paths: Paths, mode: number, witnesses: readonly Witness[]): Log {
  return openLog({
    scope,
    path: join(paths.data, "audit", "audit.jsonl"),
    headPath: join(paths.state, "audit-head.json"),
    keys: keyPathsIn(paths.state),
    mode,
    now: ctx.now,
    witnesses,
    onUnwitnessed: (message) =>
      ctx.emit({ type: "warning", message, hint: "The log itself is written. See `audit.witness` in config.toml." }),
  });
}

/** A user's store is a cache; root has its own. What a user's run fetches for the system, root copies and hashes again. */
function openStores(ctx: Context): Readonly<Record<Scope, Store>> {
  const folder = (scope: Scope) => join(pathsFor(scope, ctx).data, "store");
  const system = openStore(folder("system"));
  const user = openStore(folder("user"));
  return ctx.uid === 0 ? { system, user } : { system: openStore(folder("user"), system), user };
}
