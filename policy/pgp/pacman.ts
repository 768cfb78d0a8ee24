import { readFileSync } from "node:fs";
import type { Artifact, Evidence, PacmanChain } from "../../schema/model/artifact.ts";
import { verifyDetached } from "./detached.ts";
import { chainEvidence, evidenceOfFault, Refusal } from "./finding.ts";
import { listsPackage } from "./pacman-database.ts";
import { type PacmanKeyring, readPacmanKeyring } from "./pacman-keyring.ts";

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
  const what = `The database ${path}`;
  const { key, sha256 } = await verifySigned(what, path, read(signature), keyring, now, demand.trustAll);
  return { database: sha256, "database-key": key };
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
  const { key } = await verifySigned(`The package ${name} ${version}`, file, bytes, keyring, now, demand.trustAll);
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
  keyring: PacmanKeyring,
  now: Date,
  trustAll: boolean,
): Promise<Vouched> {
  const key = await keyring.signerOf(signature, now, trustAll);
  const { told, sha256 } = await verifyDetached(file, signature, keyring.trusted, now);
  if (told?.code === "signature-valid" && sha256 !== undefined) return { key: told.key ?? key, sha256 };
  throw new Refusal(
    told?.code ?? "signature-bad",
    `${what}: ${told?.detail ?? "there is no signature in what should be one"}`,
  );
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
