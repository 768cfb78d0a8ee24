import { sha256 } from "../host/digest.ts";
import { writeAtomic } from "../host/files.ts";
import { OmgError } from "../schema/error.ts";
import type { Artifact } from "../schema/model/artifact.ts";
import type {
  BundleAnswer,
  BundleSource,
  KnownBundles,
  ProvenanceDesk,
  ProvenanceNeed,
} from "../schema/model/provenance.ts";
import type { Transaction } from "../schema/model/transaction.ts";
import { sideBySide } from "./side-by-side.ts";
import type { Store } from "./store.ts";
import { providersOf, type World } from "./world.ts";

/** Small questions to few servers. */
const LIMITS = { overall: 4, each: 4 };

/** How often in a row a place may give no answer before it is not asked any more: each time costs half a minute. */
const PATIENCE = 3;

/** Places that gave no answer, how often in a row, and what came instead. */
type Silent = Map<BundleSource, { readonly count: number; readonly last: Unanswered }>;

interface Asking {
  readonly store: Store | undefined;
  readonly signal: AbortSignal;
  readonly silent: Silent;
}

type Unanswered = Extract<BundleAnswer, { readonly type: "unknown" }>;

/**
 * Brings the provenance that policy has rules about into the store, and on the desk where the gate finds it. What is known from
 * earlier runs is not asked for again.
 * @throws OmgError `provenance-unreachable` when some of it is required, was not found, and not everybody could be asked
 */
export async function gatherProvenance(transactions: readonly Transaction[], world: World): Promise<void> {
  const { provenance: desk } = world;
  if (desk === undefined) return;
  const open = desk.needs(transactions).filter(({ artifact }) => !isKnown(desk, artifact));
  const failed: { readonly need: ProvenanceNeed; readonly unanswered: readonly Unanswered[] }[] = [];
  const silent: Silent = new Map();
  await sideBySide(open, {
    keyOf: ({ artifact }) => artifact.origin,
    limits: LIMITS,
    goesOn: () => !world.signal.aborted && failed.length === 0, // who does not answer once holds up the run for each
    act: async (need) => {
      const found = await ask(need, desk, { store: storeOf(world, need.artifact), signal: world.signal, silent });
      desk.note(need.artifact, found);
      const unanswered = found.others.filter((answer) => answer.type === "unknown");
      if (need.required && found.bundles.length === 0 && unanswered.length > 0) failed.push({ need, unanswered });
    },
  });
  world.signal.throwIfAborted();
  if (failed.length > 0) throw unreachable(failed);
}

/** Its bundle is here; or it is gone with the source, and an earlier run verified it over these very bytes. */
function isKnown(desk: ProvenanceDesk, artifact: Artifact): boolean {
  const { chain, sha256: bytes } = artifact;
  const recorded = chain.type === "recorded" ? chain.evidence : [];
  return (
    (desk.known(artifact)?.bundles ?? []).length > 0 ||
    recorded.some(
      ({ check, verdict, facts }) => check === "provenance" && verdict === "pass" && facts.artifact === bytes,
    )
  );
}

async function ask(
  need: ProvenanceNeed,
  { sources }: ProvenanceDesk,
  { store, signal, silent }: Asking,
): Promise<KnownBundles> {
  const bundles: string[] = [];
  const others: KnownBundles["others"][number][] = [];
  for (const source of sources) {
    const { count = 0, last } = silent.get(source) ?? {};
    const answers = count >= PATIENCE && last !== undefined ? [last] : await source(need, signal);
    for (const answer of answers) {
      if (answer.type !== "found") others.push(answer);
      else for (const bytes of answer.bundles) bundles.push(await keep(bytes, store));
    }
    noteSilence(silent, source, answers);
  }
  return { bundles: [...new Set(bundles)], others };
}

function noteSilence(silent: Silent, source: BundleSource, answers: readonly BundleAnswer[]): void {
  const last = answers.findLast((answer) => answer.type === "unknown");
  if (answers.length === 0) return;
  if (last === undefined) silent.delete(source);
  else silent.set(source, { count: (silent.get(source)?.count ?? 0) + 1, last });
}

async function keep(bytes: Uint8Array, store: Store | undefined): Promise<string> {
  const digest = sha256(bytes);
  if (store?.has(digest) === false) await store.add(digest, async (path) => writeAtomic(path, bytes, 0o600));
  return digest;
}

function storeOf(world: World, { address }: Artifact): Store | undefined {
  const provider = address.slice(0, address.indexOf("."));
  return providersOf(world).find((each) => each.provider.name === provider)?.scope.store;
}

function unreachable(
  failed: readonly { readonly need: ProvenanceNeed; readonly unanswered: readonly Unanswered[] }[],
): OmgError {
  const names = failed.map(({ need: { artifact } }) => `${artifact.address} ${artifact.version}`);
  return new OmgError({
    code: "provenance-unreachable",
    exit: "unreachable",
    message: `The provenance of ${names.length === 1 ? names[0] : `${names.length} artifacts`} could not be checked, and policy requires it.`,
    state: "Nothing was changed. What has arrived is kept.",
    hint: "Try again when the addresses answer. A mirror that keeps the bundles beside the packages serves as well.",
    details: failed.flatMap(({ unanswered }, index) =>
      unanswered.map(({ address, reason }) => `${names[index]}: provenance, ${address}: ${reason}`),
    ),
  });
}
