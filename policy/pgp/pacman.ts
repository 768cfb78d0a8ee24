import { readFileSync } from "node:fs";
import { sha256File } from "../../host/digest.ts";
import type { Artifact, Evidence, PacmanChain, SignatureDemand } from "../../schema/model/artifact.ts";
import { type ChainCode, chainEvidence, evidenceOfFault, Refusal } from "./finding.ts";
import type { TrustedKeys } from "./keyring.ts";
import { refuseMislabeled } from "./package-label.ts";
import { readListing } from "./pacman-database.ts";
import { readPacmanKeyring } from "./pacman-keyring.ts";
import { type FoundDatabase, noteDatabase, refuseOlderDatabase } from "./replay.ts";
import { NONE_SEEN, type SeenReleases } from "./seen.ts";
import { signerOf, verifySigned } from "./sole-signature.ts";

type PacmanArtifact = Artifact & { readonly chain: PacmanChain };

/** Checks a package's own signature, and its repository's, as pacman.conf demands them. */
export interface PacmanVerifier {
  /** One answer for each artifact, in order; a bad signature is evidence and never an exception. */
  check(artifacts: readonly PacmanArtifact[]): Promise<Evidence[]>;
}

export interface PacmanVerifierOptions {
  readonly now: Date;
  /** While a plan is made: a key that something of the plan may bring is waited for. Otherwise what is here counts. */
  readonly foreseeing: boolean;
  /** A folder of this user's for what was found out before; absent: nothing is remembered. */
  readonly cache?: string;
  /** What was verified before. Default: nothing is remembered. */
  readonly seen?: SeenReleases;
  /** Path of the bytes with this hash; undefined while they are not here. */
  filePath(sha256: string): string | undefined;
}

type Database = NonNullable<PacmanChain["database"]>;
type Facts = Readonly<Record<string, string>>;

/** A database, and what its signature is worth. */
interface CheckedDatabase extends FoundDatabase {
  /** Absent where nobody signed it, or nobody wants to know. */
  readonly signer?: string;
  /** `date` or `built`, and where it is signed `database` (sha256) and `database-key` (fingerprint). */
  readonly facts: Facts;
}

/** A verifier for one run: keyrings and databases are read and verified once. */
export function createPacmanVerifier(options: PacmanVerifierOptions): PacmanVerifier {
  const { now, foreseeing, filePath, cache, seen = NONE_SEEN } = options;
  const keyrings = new Map<string, Promise<TrustedKeys>>();
  const databases = new Map<string, Promise<CheckedDatabase>>();
  const keyringOf: Means["keyringOf"] = ({ keyring }, { trustAll }) =>
    remembered(keyrings, `${keyring} ${trustAll}`, () => readPacmanKeyring(keyring, trustAll, cache));
  const databaseOf = (chain: PacmanChain, database: Database) =>
    remembered(databases, database.path, () =>
      checkDatabase(database, () => keyringOf(chain, database.demand), now, seen),
    );

  const checkOne = async (artifact: PacmanArtifact): Promise<Evidence> => {
    try {
      const { chain } = artifact;
      const database = chain.database === undefined ? undefined : await databaseOf(chain, chain.database);
      refuseUnlisted(artifact, database);
      const evidence = await checkPackage(artifact, database, { now, filePath, keyringOf }).catch((fault: unknown) =>
        waiting(artifact, fault, foreseeing),
      );
      const file = filePath(artifact.sha256);
      if (file !== undefined) await refuseMislabeled(file, artifact);
      if (evidence.verdict === "pass" && chain.database !== undefined && database !== undefined)
        noteDatabase(seen, chain.database, database, artifact);
      return evidence;
    } catch (fault) {
      return evidenceOfFault(fault);
    }
  };
  return {
    check: async (artifacts) => {
      if (artifacts.length > 0) seen.load();
      const found: Evidence[] = [];
      for (const artifact of artifacts) found.push(await checkOne(artifact));
      return found;
    },
  };
}

function remembered<T>(known: Map<string, Promise<T>>, key: string, find: () => Promise<T>): Promise<T> {
  const found = known.get(key) ?? find();
  known.set(key, found);
  return found;
}

/** @throws Refusal */
async function checkDatabase(
  database: Database,
  keys: () => Promise<TrustedKeys>,
  now: Date,
  seen: SeenReleases,
): Promise<CheckedDatabase> {
  const { path, signature, demand } = database;
  if (signature === undefined && demand.need === "required")
    throw new Refusal("database-unsigned", `${path} has no signature, and pacman.conf demands one (DatabaseRequired).`);
  const vouched =
    signature === undefined || demand.need === "never"
      ? undefined
      : await verifySigned(`The database ${path}`, path, read(signature), await keys(), now);
  const listing = await readListing(path);
  const sha256 = vouched?.sha256 ?? (await sha256File(path)).sha256;
  const signed = vouched?.created;
  const found = { listing, sha256, ...(signed === undefined ? {} : { signed }) };
  refuseOlderDatabase(seen, database, found);
  const facts = {
    ...datesOf(database, found),
    ...(vouched === undefined ? {} : { database: sha256, "database-key": vouched.key }),
  };
  return { ...found, facts, ...(vouched === undefined ? {} : { signer: vouched.key }) };
}

/** `date`: when somebody signed the database. `built`: what is newest in one that nobody did, by the word of whoever serves it. */
function datesOf({ superseded }: Database, { signed, listing: { lastBuilt } }: FoundDatabase): Facts {
  if (superseded) return {};
  if (signed !== undefined) return { date: signed.toISOString() };
  return lastBuilt === undefined ? {} : { built: lastBuilt.toISOString() };
}

/** What a signed database does not list is not of its repository. @throws Refusal */
function refuseUnlisted(artifact: PacmanArtifact, database: CheckedDatabase | undefined): void {
  if (database?.signer === undefined || database.listing.lists(artifact)) return;
  const { name, version, sha256, chain } = artifact;
  const what = `${name} ${version} with SHA-256 ${sha256}`;
  const detail = `The signed database ${chain.database?.path} does not list ${what}.`;
  throw new Refusal("artifact-not-listed", detail, database.facts);
}

interface Means {
  readonly now: Date;
  filePath(sha256: string): string | undefined;
  keyringOf(chain: PacmanChain, demand: SignatureDemand): Promise<TrustedKeys>;
}

/** @throws Refusal */
async function checkPackage(
  { name, version, sha256: digest, chain }: PacmanArtifact,
  database: CheckedDatabase | undefined,
  { now, filePath, keyringOf }: Means,
): Promise<Evidence> {
  const { signature, demand } = chain;
  if (demand.need === "never" || (signature === undefined && demand.need === "optional"))
    return withoutOwn(name, database);
  if (signature === undefined)
    throw new Refusal(
      "signature-missing",
      `Nobody signed ${name} ${version}, and pacman.conf demands it (PackageRequired).`,
    );
  const keys = await keyringOf(chain, demand);
  const what = `The package ${name} ${version}`;
  const bytes = Buffer.from(signature, "base64");
  const file = filePath(digest);
  const facts = database?.facts ?? {};
  if (file === undefined) return foreseen(await signerOf(what, bytes, keys, now), facts);
  const { key } = await verifySigned(what, file, bytes, keys, now);
  return chainEvidence("signature-valid", `Signed by key ${key}, which pacman trusts.`, { key, ...facts });
}

/** A package without a signature of its own is as good as the signature over what lists it. */
function withoutOwn(name: string, database: CheckedDatabase | undefined): Evidence {
  const { signer, facts = {} } = database ?? {};
  if (signer !== undefined)
    return chainEvidence("signature-valid", `Listed in a database that key ${signer} signed.`, {
      key: signer,
      ...facts,
    });
  const detail = `Nobody signed ${name}, and pacman.conf does not demand it.`;
  return { check: "signature", verdict: "absent", code: "unsigned", detail, facts };
}

function foreseen(key: string, facts: Facts): Evidence {
  const detail = `To be signed by key ${key}, which pacman trusts.`;
  return { check: "signature", verdict: "pending", code: "bytes-not-here", detail, facts: { key, ...facts } };
}

/** What a newer keyring can mend: a key that it adds, vouches for, or brings with a later end. */
const KEY_FAULTS: readonly ChainCode[] = ["key-unknown", "key-untrusted", "key-expired", "signature-outside-key-life"];

/** @throws what is wrong now, where no key is to come that could mend it */
function waiting({ keysFrom }: Artifact, fault: unknown, foreseeing: boolean): Evidence {
  if (!foreseeing || keysFrom === undefined || !(fault instanceof Refusal) || !KEY_FAULTS.includes(fault.code))
    throw fault;
  const detail = `${fault.message} To be checked by the keys that are here once ${keysFrom} is installed.`;
  const facts = { ...fault.facts, "keys-from": keysFrom };
  return { check: "signature", verdict: "pending", code: "key-to-come", detail, facts };
}

/** @throws Refusal `unreadable` */
function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (fault) {
    throw new Refusal(
      "unreadable",
      `${path} could not be read: ${fault instanceof Error ? fault.message : String(fault)}`,
    );
  }
}
