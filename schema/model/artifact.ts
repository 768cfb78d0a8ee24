import type { Power } from "./desired.ts";
import type { AdvisorySubject } from "./identity.ts";
import type { Address } from "./resource.ts";
import type { Vulnerability } from "./vulnerability.ts";
import type { Waiver } from "./waiver.ts";

/** How the bytes of an artifact are vouched for, from the signature down. Paths are those of the package manager's own files. */
export interface DebianChain {
  readonly type: "debian";
  /** InRelease, or Release with `signature` beside it. */
  readonly release: string;
  /** Release.gpg; absent for a clearsigned InRelease. */
  readonly signature?: string;
  /** Files of the keys that may vouch. */
  readonly keyrings: readonly string[];
  /** Keys that stand in the source itself, as ASCII-armoured text; then there are no `keyrings`. */
  readonly keyBlock?: string;
  /**
   * Fingerprints, in upper case, of those among all these keys that may vouch. Each stands for its subkeys as well, unless it
   * ends in `!`. Absent: all of them.
   */
  readonly fingerprints?: readonly string[];
  /** The source names its keys; otherwise `keyrings` are all that the package manager trusts, and any of them could vouch. */
  readonly bound: boolean;
  /** The source says `trusted=yes`. */
  readonly trusted: boolean;
  /** The Packages file as it lies on the disk, in any compression. */
  readonly index: string;
  /** Its name in the Release file, uncompressed: `main/binary-amd64/Packages`. */
  readonly indexKey: string;
  /** RFC 3339: the time at which the release must have been valid, for one that is wanted as it was then. Absent: now. */
  readonly asOf?: string;
  /** The files were kept when the lock was made; the sources have moved on since, and no list of theirs has this. */
  readonly kept?: true;
}

/** What pacman demands of one kind of signature: pacman.conf(5), "Package and Database Signature Checking". */
export interface SignatureDemand {
  readonly need: "never" | "optional" | "required";
  /** Whether a key of the keyring counts that nobody vouched for. */
  readonly trustAll: boolean;
}

/** How a package of pacman is vouched for: by a signature of its own, and by its repository's database where that is signed. */
export interface PacmanChain {
  readonly type: "pacman";
  /** The package's own signature, binary OpenPGP in base64; absent where nobody signed it. */
  readonly signature?: string;
  readonly demand: SignatureDemand;
  /** The database that lists it; absent for a package that no repository lists any more. */
  readonly database?: {
    /** As it lies on the disk, in any compression. */
    readonly path: string;
    /** Its detached signature; absent where there is none. */
    readonly signature?: string;
    readonly demand: SignatureDemand;
    /** It is old on purpose: of a snapshot's day, or there is a newer one beside it. */
    readonly superseded?: true;
  };
  /** GnuPG's folder with the keys that pacman knows, and whom of them it trusts. */
  readonly keyring: string;
}

/** An earlier run of omg, with this or a stricter policy, verified these very bytes. The evidence is read from omg's own records. */
export interface RecordedChain {
  readonly type: "recorded";
  readonly evidence: readonly Evidence[];
}

/** What holds one source of a build fast: a hash or a commit that the recipe or the lock names, the recipe's own repository, or nothing. */
export interface BuildSource {
  readonly name: string;
  readonly heldBy: "checksum" | "commit" | "recipe" | "nothing";
  /** Fingerprint of the key that signed it, of those that the recipe names. */
  readonly signedBy?: string;
}

/** Built from sources by a recipe that the lock pins; nobody signs what comes out. */
export interface BuildChain {
  readonly type: "build";
  /** `not yet`: `sha256` is a digest of what it will be built from. `elsewhere`: by somebody whose word on it was taken. */
  readonly built: "here" | "elsewhere" | "not yet";
  /** Name of the recipe, which several packages may share. */
  readonly base: string;
  /** Hex name of the recipe's commit. */
  readonly commit: string;
  /** Commits of the git repositories that are its sources, by the name of the source. */
  readonly commits: Readonly<Record<string, string>>;
  readonly sources: readonly BuildSource[];
  /** What the lock lets it bring. */
  readonly allow: readonly Power[];
}

/** Keys that may sign for a publisher. Each is a file of keys, as text or binary. */
export interface PublisherKeys {
  /** What the publisher hands out, and which of it omg knows to be the publisher's: fingerprints, in upper case. */
  readonly published?: { readonly file: string; readonly fingerprints: readonly string[] };
  /** Files that people put there: all keys in them count. */
  readonly own: readonly string[];
  /** Where people would put such a file. */
  readonly place: string;
}

/** What a publisher vouches with. Paths are of files as they were fetched: nothing of them was believed yet. */
export type PublisherProof =
  /** A list that names the archive's hash, signed in itself or by `signature`. */
  | { readonly type: "signed-list"; readonly list: string; readonly signature?: string; readonly keys: PublisherKeys }
  /** A signature over the archive itself. */
  | { readonly type: "signed"; readonly signature: string; readonly keys: PublisherKeys }
  /** Sigstore bundles that say that it was built from this repository. */
  | { readonly type: "attested"; readonly repository: string; readonly bundles: readonly string[] }
  /** The publisher signs nothing, and has a list of hashes that anybody could have written who can write the archive. */
  | { readonly type: "unsigned" }
  /** Whether the publisher signs it, nobody asks: its hash was pinned when the lock was written. */
  | { readonly type: "unasked" };

/** How the publisher of a language runtime vouches for an archive. */
export interface PublisherChain {
  readonly type: "publisher";
  /** For people: `Node.js`. */
  readonly publisher: string;
  readonly proof: PublisherProof;
}

export type Chain = DebianChain | PacmanChain | RecordedChain | PublisherChain | BuildChain;

/** Bytes that a transaction needs. */
export interface Artifact {
  readonly address: Address;
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  /** Hex SHA-256 that the bytes must have; of what is still to be built (`BuildChain`) that of its inputs, which nothing has. */
  readonly sha256: string;
  /** Hex SHA-512, where the signed index has one, too: the bytes must have both. */
  readonly sha512?: string;
  /** Bytes; absent when only the hash is known (the store has it). */
  readonly size?: number;
  /** Addresses to try in order, `http:`, `https:` or `file:`. */
  readonly urls: readonly string[];
  /** File name that the package manager expects, without folders. */
  readonly filename: string;
  /** Name of the source, as `from` in the lock. */
  readonly origin: string;
  readonly chain: Chain;
  /** What of the same transaction brings keys that its signature may need. */
  readonly keysFrom?: Address;
  /** `replaced`: kept so that the way back stays open; never installed by this transaction. */
  readonly role: "install" | "replaced";
  /** The package's control stanza as the index has it, relations included, without the fields that say where it lies. */
  readonly control?: string;
  /** Where its known vulnerabilities are listed; absent where no database is about what comes from its source. */
  readonly advisory?: AdvisorySubject;
}

/** What one verifier found. A bad artifact is a value here, never an exception. */
export interface Evidence {
  readonly check: "checksum" | "signature" | "provenance" | "vulnerabilities" | "license";
  /** `pending`: only the bytes, or keys that come first, will tell. `absent`: nothing there to check. `unknown`: it could not be checked. */
  readonly verdict: "pass" | "fail" | "absent" | "unknown" | "pending";
  /** Closed per verifier: `hash-mismatch`, `signature-bad`, `key-expired`. */
  readonly code: string;
  /** One sentence for people. */
  readonly detail: string;
  /** Digests and identities that the verdict rests on: `release` (sha256), `key` (fingerprint), `index` (sha256); `keys-from`: address of what brings a key that it waits for. */
  readonly facts: Readonly<Record<string, string>>;
  /** Of the check `vulnerabilities`: each that is known, the worst first. */
  readonly vulnerabilities?: readonly Vulnerability[];
}

/** What the evidence adds up to. Ordered from worst to best: see `GRADES`. */
export type Grade = "risk" | "community" | "verified" | "locked";

/** A rule of a policy that something breaks. */
export interface Violation {
  readonly address: Address;
  /** The rule as written in policy.toml: `grade.minimum`. */
  readonly rule: string;
  /** Where the rule stands: `built-in`, or file and line. */
  readonly file: string;
  readonly line?: number;
  /** What is wrong, with the evidence. */
  readonly message: string;
  /** What would satisfy the rule. */
  readonly remedy: string;
  /** Vulnerabilities that it is about, each of which a waiver may name: `CVE-2026-1234`. */
  readonly ids?: readonly string[];
  /** Further names of the one in `ids`, which a waiver may use as well: `DSA-5000-1`. */
  readonly aliases?: readonly string[];
  /** Everything that it is about, where that is more than `address`. */
  readonly addresses?: readonly Address[];
}

/** A violation that a waiver lifts. */
export interface Waived {
  readonly violation: Violation;
  readonly waiver: Waiver;
  /** Where the waiver stands. */
  readonly file: string;
  readonly line?: number;
}

/** Everything the gate has to say about one artifact. */
export interface Judgement {
  readonly address: Address;
  readonly sha256: string;
  readonly evidence: readonly Evidence[];
  readonly grade: Grade;
}

/** The gate's answer for a whole transaction. Nothing is installed while `violations` is not empty. */
export interface Verdict {
  readonly judgements: readonly Judgement[];
  readonly violations: readonly Violation[];
  /** What breaks a rule that only warns. */
  readonly warnings: readonly Violation[];
  /** What would be refused without a waiver. */
  readonly waived: readonly Waived[];
  /** Digest of the effective policy. */
  readonly policy: string;
}
