import { sha256, sha256File } from "../host/digest.ts";
import { grade } from "../policy/grade.ts";
import { BUILT_IN_POLICY, createGate, provenanceEvidenceOf } from "../policy/index.ts";
import { explainProvenance, type ProvenanceCheck } from "../policy/slsa/explain.ts";
import type { World } from "../reconciler/world.ts";
import type { Artifact, Evidence, Grade, Violation } from "../schema/model/artifact.ts";
import type { KnownBundles } from "../schema/model/provenance.ts";
import type { Transaction } from "../schema/model/transaction.ts";
import { artifactNamed, type FoundArtifact } from "./artifact-named.ts";
import type { Context, Selection } from "./context.ts";
import { besides, bundlesBeside, identified, unknownFile } from "./examined-file.ts";
import { type Policies, readPolicies } from "./policies.ts";
import { bundleSources, trustFolders } from "./provenance.ts";
import { lockIfAny } from "./questions.ts";
import { chooseProviders } from "./selection.ts";
import { composeWorld } from "./world.ts";

/** Everything that was found out about one artifact. */
export interface Examination {
  readonly subject: {
    /** Where a file was given. */
    readonly path?: string;
    readonly name: string;
    readonly version?: string;
    readonly arch?: string;
    readonly origin?: string;
    /** Hex: what the bytes have, or where there are none, must have. */
    readonly sha256: string;
  };
  readonly evidence: readonly Evidence[];
  /** Each check of its provenance, in order. */
  readonly provenance: readonly ProvenanceCheck[];
  readonly grade: Grade;
  /** What today's policy would say to it. */
  readonly violations: readonly Violation[];
}

/** A world that questions are answered in; what the nearest lock wants belongs to it, where there is one. */
export interface Examining {
  readonly ctx: Context;
  readonly world: World;
  readonly policies: Policies;
  /** Pins of the lock: `address` by hex SHA-256. */
  readonly pins: ReadonlyMap<string, string>;
}

export async function examining(ctx: Context, selection: Selection): Promise<Examining> {
  const lock = await lockIfAny(ctx, selection);
  const policies = await readPolicies(ctx, lock?.lock.path);
  const world = await composeWorld(ctx, {
    lock: lock?.identity ?? { name: "", repository: "" },
    lockDigest: lock?.lock.digest ?? "",
    policies,
    choose: async (all) => (await chooseProviders(all, selection, undefined)).providers,
    desired: (providers) => (lock === undefined ? [] : providers.map((provider) => provider.desired(lock.lock))),
    whole: false,
  });
  const pins = world.desired
    .flatMap(({ wanted }) => wanted)
    .flatMap(({ provider, name, pin }) =>
      pin?.sha256 === undefined ? [] : [[pin.sha256, `${provider}.${name}`] as const],
    );
  return { ctx, world, policies, pins: new Map(pins) };
}

/** A package, by the bytes that its index or omg's records name; its provenance is asked for where it may be. */
export async function examinePackage(where: Examining, word: string): Promise<Examination> {
  const { ctx, world } = where;
  const found = await artifactNamed(world, word);
  const { artifact, scope } = found;
  const bundles = new Map<string, Uint8Array>();
  const filePath = (digest: string) => (scope.store.has(digest) ? scope.store.path(digest) : undefined);
  const known = world.provenance?.known(artifact) ?? (await askFor(ctx, artifact, where, bundles));
  return judged(where, found, { filePath, known, bundles });
}

/**
 * A file, by what the lock, the indexes or omg's records say of it, and by the bundle beside it or the one that is named.
 * @throws what reading the file throws
 */
export async function examineFile(where: Examining, path: string, bundlePath?: string): Promise<Examination> {
  const { sha256: digest } = await sha256File(path);
  const bundles = bundlesBeside(path, bundlePath);
  const known: KnownBundles = { bundles: [...bundles.keys()], others: bundles.size > 0 ? [] : besides(path) };
  const found = await identified(where.world, where.pins, path, digest);
  const wanted = found?.artifact.sha256 ?? digest;
  const filePath = (asked: string) => (asked === wanted || asked === digest ? path : undefined);
  const judgement = await judged(where, found ?? unknownFile(path, digest), { filePath, known, bundles });
  return { ...judgement, subject: { ...judgement.subject, path, sha256: digest } };
}

interface Material {
  readonly filePath: (sha256: string) => string | undefined;
  readonly known: KnownBundles;
  readonly bundles: ReadonlyMap<string, Uint8Array>;
}

async function judged(
  { ctx, policies }: Examining,
  { artifact, step }: Pick<FoundArtifact, "artifact"> & Partial<FoundArtifact>,
  { filePath, known, bundles }: Material,
): Promise<Examination> {
  const all = { builtIn: BUILT_IN_POLICY, ...policies };
  const provenance = { known: () => known, trust: trustFolders(ctx), bundles };
  const transaction: Transaction = {
    provider: artifact.address.slice(0, artifact.address.indexOf(".")),
    steps: step === undefined ? [] : [step],
    artifacts: [artifact],
    problems: [],
    notes: [],
  };
  const gate = createGate({ policies: all, now: ctx.now(), provenance, filePath });
  const verdict = step === undefined ? undefined : await gate.judge([transaction]);
  const said = verdict?.judgements[0]?.evidence ?? [UNKNOWN_HASH];
  const build =
    said.find(({ check }) => check === "provenance") ??
    (await provenanceEvidenceOf(all, artifact, filePath, provenance));
  const evidence = [...said.filter(({ check }) => check !== "provenance"), build];
  const { name, version, arch, origin, sha256: digest } = artifact;
  return {
    subject: { name, ...(version === "" ? {} : { version, arch, origin }), sha256: digest },
    evidence,
    provenance: explainProvenance(build),
    grade: grade(evidence),
    violations: verdict?.violations ?? [],
  };
}

const UNKNOWN_HASH: Evidence = {
  check: "checksum",
  verdict: "absent",
  code: "not-known",
  detail: "No lock, index or record of omg's says what hash this file must have.",
  facts: {},
};

async function askFor(
  ctx: Context,
  artifact: Artifact,
  { world }: Examining,
  bundles: Map<string, Uint8Array>,
): Promise<KnownBundles> {
  const others: KnownBundles["others"][number][] = [];
  const need = world.provenance?.needs([asTransaction(artifact)])[0] ?? { artifact, required: false, repositories: [] };
  for (const source of await bundleSources(ctx)) {
    for (const answer of await source(need, ctx.signal)) {
      if (answer.type !== "found") others.push(answer);
      else for (const bytes of answer.bundles) bundles.set(sha256(bytes), bytes);
    }
  }
  return { bundles: [...bundles.keys()], others };
}

function asTransaction(artifact: Artifact): Transaction {
  return { provider: "", steps: [], artifacts: [artifact], problems: [], notes: [] };
}
