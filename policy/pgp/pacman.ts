import { readFileSync } from "node:fs";
import type { Artifact, Evidence, PacmanChain, SignatureDemand } from "../../schema/model/artifact.ts";
import { verifyDetached } from "./detached.ts";
import { chainEvidence, evidenceOfFault, Refusal } from "./finding.ts";
import { judgeSignatures, type SignedBytes, tellingOf } from "./judge.ts";
import type { TrustedKeys } from "./keyring.ts";
import { listsPackage } from "./pacman-database.ts";
import { readPacmanKeyring } from "./pacman-keyring.ts";
import type { SignatureReport } from "./report.ts";
import { packetsOf, parseSignature } from "./signature-packets.ts";

type PacmanArtifact = Artifact & { readonly chain: PacmanChain };

/** Checks a package's own signature, and its repository's, as pacman.conf demands them. */
export interface PacmanVerifier {
  /** One answer for each artifact, in order; a bad signature is evidence and never an exception. */
  check(artifacts: readonly PacmanArtifact[]): Promise<Evidence[]>;
}

export interface PacmanVerifierOptions {
  readonly now: Date;
  /** A folder of this user's for what was found out before; absent: nothing is remembered. */
  readonly cache?: string;
  /** Path of the bytes with this hash; undefined while they are not here. */
  filePath(sha256: string): string | undefined;
}

type Database = NonNullable<PacmanChain["database"]>;
type Facts = Readonly<Record<string, string>>;

/** A verifier for one run: keyrings and databases are read and verified once. */
export function createPacmanVerifier({ now, filePath, cache }: PacmanVerifierOptions): PacmanVerifier {
  const keyrings = new Map<string, Promise<TrustedKeys>>();
  const databases = new Map<string, Promise<Facts>>();
  const keyringOf: Means["keyringOf"] = ({ keyring }, { trustAll }) =>
    remembered(keyrings, `${keyring} ${trustAll}`, () => readPacmanKeyring(keyring, trustAll, cache));
  const databaseOf = (chain: PacmanChain, database: Database) =>
    remembered(databases, database.path, async () =>
      verifyDatabase(database, await keyringOf(chain, database.demand), now),
    );

  const checkOne = async (artifact: PacmanArtifact): Promise<Evidence> => {
    try {
      const listed = await vouchedByDatabase(artifact, databaseOf);
      return await checkPackage(artifact, listed, { now, filePath, keyringOf });
    } catch (fault) {
      return evidenceOfFault(fault);
    }
  };
  return {
    check: async (artifacts) => {
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

/**
 * What a signed database says of the package; undefined where it is not signed and need not be.
 * @throws Refusal
 */
async function vouchedByDatabase(
  artifact: PacmanArtifact,
  databaseOf: (chain: PacmanChain, database: Database) => Promise<Facts>,
): Promise<Facts | undefined> {
  const { chain } = artifact;
  const { database } = chain;
  if (database === undefined || database.demand.need === "never") return undefined;
  if (database.signature === undefined) {
    if (database.demand.need === "optional") return undefined;
    throw new Refusal(
      "database-unsigned",
      `${database.path} has no signature, and pacman.conf demands one (DatabaseRequired).`,
    );
  }
  const facts = await databaseOf(chain, database);
  if (await listsPackage(database.path, artifact)) return facts;
  const what = `${artifact.name} ${artifact.version} with SHA-256 ${artifact.sha256}`;
  throw new Refusal("artifact-not-listed", `The signed database ${database.path} does not list ${what}.`, facts);
}

async function verifyDatabase({ path, signature = "" }: Database, keys: TrustedKeys, now: Date): Promise<Facts> {
  const what = `The database ${path}`;
  const { key, sha256 } = await verifySigned(what, path, read(signature), keys, now);
  return { database: sha256, "database-key": key };
}

interface Means {
  readonly now: Date;
  filePath(sha256: string): string | undefined;
  keyringOf(chain: PacmanChain, demand: SignatureDemand): Promise<TrustedKeys>;
}

/** @throws Refusal */
async function checkPackage(
  { name, version, sha256: digest, chain }: PacmanArtifact,
  listed: Facts | undefined,
  { now, filePath, keyringOf }: Means,
): Promise<Evidence> {
  const { signature, demand } = chain;
  if (demand.need === "never" || (signature === undefined && demand.need === "optional"))
    return withoutOwn(name, listed);
  if (signature === undefined)
    throw new Refusal(
      "signature-missing",
      `Nobody signed ${name} ${version}, and pacman.conf demands it (PackageRequired).`,
    );
  const keys = await keyringOf(chain, demand);
  const what = `The package ${name} ${version}`;
  const bytes = Buffer.from(signature, "base64");
  const file = filePath(digest);
  if (file === undefined) return foreseen(await signerOf(what, bytes, keys, now), listed);
  const { key } = await verifySigned(what, file, bytes, keys, now);
  return chainEvidence("signature-valid", `Signed by key ${key}, which pacman trusts.`, { key, ...listed });
}

/** A package without a signature of its own is as good as the signature over what lists it. */
function withoutOwn(name: string, listed: Facts | undefined): Evidence {
  if (listed === undefined)
    return {
      check: "signature",
      verdict: "absent",
      code: "unsigned",
      detail: `Nobody signed ${name}, and pacman.conf does not demand it.`,
      facts: {},
    };
  const detail = `Listed in a database that key ${listed["database-key"]} signed.`;
  return chainEvidence("signature-valid", detail, { key: listed["database-key"] ?? "", ...listed });
}

function foreseen(key: string, listed: Facts | undefined): Evidence {
  const detail = `To be signed by key ${key}, which pacman trusts.`;
  return { check: "signature", verdict: "pending", code: "bytes-not-here", detail, facts: { key, ...listed } };
}

/** What vouches for some bytes: the key's fingerprint, and the bytes' hex SHA-256. */
interface Vouched {
  readonly key: string;
  readonly sha256: string;
}

/** A file of any size, read once. @throws Refusal */
async function verifySigned(
  what: string,
  file: string,
  signature: Uint8Array,
  keys: TrustedKeys,
  now: Date,
): Promise<Vouched> {
  // Nothing is read for a signature that would not count.
  await signerOf(what, signature, keys, now);
  const { told, sha256 } = await verifyDetached(file, signature, keys, now);
  const key = vouching(what, told);
  if (sha256 === undefined) throw new Refusal("unreadable", `${file} was not read.`);
  return { key, sha256 };
}

/**
 * Fingerprint of the key that made a signature, as far as that shows without the bytes. pacman takes no file with several
 * signatures of which one does not count: so one it has to be.
 * @throws Refusal
 */
async function signerOf(what: string, signature: Uint8Array, keys: TrustedKeys, now: Date): Promise<string> {
  const signed: SignedBytes = { what, signatures: await packetsIn(signature) };
  if (signed.signatures.length !== 1)
    throw new Refusal("signature-bad", `${what}: what stands there is not one OpenPGP signature.`);
  return vouching(what, tellingOf(await judgeSignatures(signed, keys, now)));
}

async function packetsIn(signature: Uint8Array): Promise<SignedBytes["signatures"]> {
  try {
    return packetsOf(await import("openpgp"), await parseSignature(new Uint8Array(signature)));
  } catch {
    return [];
  }
}

/** @throws Refusal for a report that says anything but good */
function vouching(what: string, told: SignatureReport | undefined): string {
  if (told?.code === "signature-valid" && told.key !== undefined) return told.key;
  const { code = "signature-bad", detail = "there is no signature", key } = told ?? {};
  throw new Refusal(code, `${what}: ${detail}`, key === undefined ? {} : { key });
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
