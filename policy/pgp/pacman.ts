import { readFileSync, statSync } from "node:fs";
import { sha256 } from "../../host/digest.ts";
import type { Artifact, Evidence, PacmanChain } from "../../schema/model/artifact.ts";
import { chainEvidence, evidenceOfFault, Refusal } from "./finding.ts";
import { listsPackage } from "./pacman-database.ts";
import { type PacmanKeyring, readPacmanKeyring } from "./pacman-keyring.ts";
import { verifySignatures } from "./signatures.ts";

type PacmanArtifact = Artifact & { readonly chain: PacmanChain };

/** Checks a package's own signature, and its repository's, as pacman.conf demands them. */
export interface PacmanVerifier {
  /** One answer for each artifact, in order; a bad signature is evidence and never an exception. */
  check(artifacts: readonly PacmanArtifact[]): Promise<Evidence[]>;
}

export interface PacmanVerifierOptions {
  readonly now: Date;
  /** Path of the bytes with this hash; undefined while they are not here. */
  filePath(sha256: string): string | undefined;
}

type Database = NonNullable<PacmanChain["database"]>;
type Facts = Readonly<Record<string, string>>;

/** What is read into memory for a signature; Arch's largest packages have some 700 MB. */
const MAX_BYTES = 2 ** 31 - 1;

/** A verifier for one run: keyrings and databases are read and verified once. */
export function createPacmanVerifier({ now, filePath }: PacmanVerifierOptions): PacmanVerifier {
  const keyrings = new Map<string, Promise<PacmanKeyring>>();
  const databases = new Map<string, Promise<Facts>>();
  const keyringOf = ({ keyring }: PacmanChain) => remembered(keyrings, keyring, () => readPacmanKeyring(keyring));
  const databaseOf = (chain: PacmanChain, database: Database) =>
    remembered(databases, database.path, async () => verifyDatabase(database, await keyringOf(chain), now));

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
      // One after the other, so that one package at a time lies in memory.
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

async function verifyDatabase(
  { path, signature = "", demand }: Database,
  keyring: PacmanKeyring,
  now: Date,
): Promise<Facts> {
  const content = read(path);
  const key = await verifyDetached(`The database ${path}`, content, read(signature), keyring, now, demand.trustAll);
  return { database: sha256(content), "database-key": key };
}

interface Means extends PacmanVerifierOptions {
  keyringOf(chain: PacmanChain): Promise<PacmanKeyring>;
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
  const keyring = await keyringOf(chain);
  const bytes = Buffer.from(signature, "base64");
  const file = filePath(digest);
  if (file === undefined) return foreseen(await keyring.signerOf(bytes, now, demand.trustAll), listed);
  const key = await verifyDetached(`The package ${name} ${version}`, read(file), bytes, keyring, now, demand.trustAll);
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

/** Gives the fingerprint of the key. @throws Refusal */
async function verifyDetached(
  what: string,
  content: Uint8Array,
  signature: Uint8Array,
  keyring: PacmanKeyring,
  now: Date,
  trustAll: boolean,
): Promise<string> {
  await keyring.signerOf(signature, now, trustAll);
  const { createMessage, readSignature } = await import("openpgp");
  const message = await createMessage({ binary: new Uint8Array(content) });
  const signed = { message, signature: await readSignature({ binarySignature: new Uint8Array(signature) }) };
  try {
    const voucher = await verifySignatures({ text: "", signed, sha256: "" }, keyring.trusted, now);
    return voucher.key;
  } catch (fault) {
    if (!(fault instanceof Refusal)) throw fault;
    // The words are those of Debian's archives.
    throw new Refusal(
      fault.code,
      fault.message.replace(/^The Release file/, what).replace("the Release file", what.replace("The", "the")),
      fault.facts,
    );
  }
}

/** @throws Refusal `unreadable` */
function read(path: string): Buffer {
  try {
    if (statSync(path).size > MAX_BYTES) throw new RangeError(`it is larger than ${MAX_BYTES} bytes`);
    return readFileSync(path);
  } catch (fault) {
    throw new Refusal(
      "unreadable",
      `${path} could not be read: ${fault instanceof Error ? fault.message : String(fault)}`,
    );
  }
}
