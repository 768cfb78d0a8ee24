import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../host/disk.ts";
import { pathsFor } from "../host/paths.ts";
import { hasProvenanceRules, provenanceNeeds } from "../policy/index.ts";
import type { TrustFolder } from "../policy/slsa/trust/open.ts";
import type { Store } from "../reconciler/store.ts";
import type { ScopeWorld } from "../reconciler/world.ts";
import { OmgError } from "../schema/error.ts";
import type { Artifact } from "../schema/model/artifact.ts";
import type { ArtifactSource } from "../schema/model/artifact-source.ts";
import type { Policies } from "../schema/model/policy.ts";
import type { BundleSource, KnownBundles, ProvenanceDesk } from "../schema/model/provenance.ts";
import type { Scope } from "../schema/model/resource.ts";
import { readConfig } from "./config.ts";
import type { Context } from "./context.ts";
import { keptOrOffered } from "./evidence.ts";

interface Kept {
  readonly scopes: readonly Pick<ScopeWorld, "records">[];
  /** Path of the bytes with this hash; undefined while they are not here. */
  readonly filePath: (sha256: string) => string | undefined;
}

/** What one run for somebody else may take in of bundles. Bytes. */
const MAX_OFFERED = 64 * 1024 * 1024;

/** Where trust roots lie: root goes by what is root's alone. */
export function trustFolders(ctx: Context): readonly TrustFolder[] {
  return (ctx.uid === 0 ? (["system"] as const) : (["user", "system"] as const)).map((scope) =>
    trustFolder(ctx, scope),
  );
}

export function trustFolder(ctx: Context, scope: Scope): TrustFolder {
  const { config, data } = pathsFor(scope, ctx);
  return { given: join(config, "trust"), kept: join(data, "trust", "sigstore") };
}

/** Absent where no policy has a rule about provenance: then nothing is asked, and nothing of it is loaded. */
export async function provenanceDesk(
  ctx: Context,
  policies: Policies,
  kept: Kept,
): Promise<ProvenanceDesk | undefined> {
  if (!hasProvenanceRules(policies)) return undefined;
  const found = new Map<string, KnownBundles>();
  return {
    needs: (transactions) => provenanceNeeds(policies, transactions),
    sources: await bundleSources(ctx),
    known: (artifact) => found.get(artifact.sha256) ?? recorded(artifact, kept),
    note: ({ sha256 }, bundles) => void found.set(sha256, bundles),
  };
}

/** The bundle that an earlier run verified over these very bytes, where the store still has it. */
function recorded({ address, version, sha256 }: Artifact, { scopes, filePath }: Kept): KnownBundles | undefined {
  for (const { records } of scopes) {
    const record = records.artifact(address, version);
    if (record?.sha256 !== sha256) continue;
    const piece = record.evidence.find(({ check, verdict }) => check === "provenance" && verdict === "pass");
    const bundle = piece?.facts.bundle;
    if (bundle !== undefined && filePath(bundle) !== undefined) return { bundles: [bundle], others: [] };
  }
  return undefined;
}

/** Beside the artifact always; servers that would learn from the question what is installed, only where config.toml says so. */
export async function bundleSources(ctx: Context): Promise<readonly BundleSource[]> {
  const { github, rekor } = await provenanceConfig(ctx);
  const [{ besideArtifact }, attestations, entries] = await Promise.all([
    import("../policy/slsa/sources/beside.ts"),
    import("../policy/slsa/sources/github.ts"),
    import("../policy/slsa/sources/rekor.ts"),
  ]);
  const at = (setting: string | boolean, standard: string) => (typeof setting === "string" ? setting : standard);
  return [
    besideArtifact,
    ...(github === false ? [] : [attestations.githubAttestations(at(github, attestations.GITHUB_API))]),
    ...(rekor === false ? [] : [entries.rekorEntries(at(rekor, entries.REKOR))]),
  ];
}

async function provenanceConfig(
  ctx: Context,
): Promise<{ readonly github: string | boolean; readonly rekor: string | boolean }> {
  const own = ctx.uid === 0 ? undefined : (await readConfig(ctx, "user"))?.provenance;
  const machine = (await readConfig(ctx, "system"))?.provenance;
  return {
    github: own?.github ?? machine?.github ?? false,
    rekor: own?.rekor ?? machine?.rekor ?? false,
  };
}

/**
 * What the other side of the root boundary says that it has: taken in by its hash, all of it together at most so large. Root
 * asks nobody else.
 */
export function offeredBundles(
  store: Store,
  offered: ArtifactSource,
  named: Readonly<Record<string, readonly string[]>>,
): { readonly source: BundleSource; readonly takeBack: () => void } {
  const { find, takeBack } = keptOrOffered(store, offered, MAX_OFFERED);
  const source: BundleSource = async ({ artifact }) => {
    const bundles: Buffer[] = [];
    for (const sha256 of named[artifact.sha256] ?? []) {
      const path = await find(sha256);
      if (path !== undefined) bundles.push(readFileSync(path));
    }
    return bundles.length === 0 ? [] : [{ type: "found", address: "", bundles }];
  };
  return { source, takeBack };
}

/** For a file or bundle that was named and cannot be read. */
export function refusedReading(cause: unknown): never {
  if (cause instanceof OmgError || (errnoOf(cause) === undefined && !isRefusal(cause))) throw cause;
  const missing = errnoOf(cause) === "ENOENT";
  throw new OmgError({
    code: "unreadable",
    exit: "error",
    message: missing ? `There is no file ${(cause as NodeJS.ErrnoException).path}.` : String((cause as Error).message),
    state: "Nothing was changed.",
    hint: "Name a regular file that you may read.",
    cause,
  });
}

/** By name: the class belongs to the verifier, which is loaded only where it is needed. */
export function isRefusal(cause: unknown): cause is Error {
  return cause instanceof Error && cause.name === "ProvenanceRefusal";
}
