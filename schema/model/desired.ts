import type { Attributes } from "./resource.ts";

/** Which lock something belongs to. Two locks on one machine never prune each other's resources. */
export interface LockIdentity {
  readonly name: string;
  /** Address of the repository's `origin` without credentials, or `local:` and the folder's path. */
  readonly repository: string;
}

/** What a request was pinned to for one platform. */
export interface Pin {
  readonly version: string;
  /** Hex SHA-256 of the artifact; absent where capture could not know it. */
  readonly sha256?: string;
  /** Name of the source it came from. */
  readonly from?: string;
  /** Hex name of the commit with the recipe that it is built from. */
  readonly commit?: string;
  /** Name of the recipe, where it is not the package's own. */
  readonly base?: string;
  /** Commits of the git repositories that are its sources, by the name of the source. */
  readonly sources?: Readonly<Record<string, string>>;
  /** What the request lets a built package bring. */
  readonly allow?: readonly Power[];
  /** Where its artifact lies, where nobody else would say so when it is installed. */
  readonly url?: string;
}

/** What a package can bring that acts with more than its user's rights: bits and capabilities of files, a script that root runs. */
export type Power = "setuid" | "capabilities" | "install-script";

/** A line of a file that the user can look at. Lines and columns count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One resource that the lock speaks of. */
export interface Wanted {
  readonly provider: string;
  readonly name: string;
  readonly presence: "present" | "absent" | "purged";
  /** The version as the user asked for it (`*`, `7.88.*`, `1.2-3`); absent for a pinned dependency. */
  readonly request?: string;
  /** The source that the user demands. */
  readonly from?: string;
  /** What must hold besides the version: `hold: true`, `value`. */
  readonly attributes: Attributes;
  /** What is set when omg installs it, and kept only on what omg owns: `auto`. Nobody else's marks are flipped. */
  readonly marks?: Attributes;
  readonly pin?: Pin;
  /** Only the last apply wanted it: it is looked for, and nothing more. */
  readonly past?: true;
}

/** What to do about resources that somebody asked for on the machine and the lock does not name. */
export interface UnmanagedRule {
  readonly mode: "ignore" | "report" | "remove";
  /** Whether `remove` extends to resources that no configured source offers. */
  readonly foreign: "report" | "remove";
  /** Glob patterns of names to leave out. */
  readonly ignore: readonly string[];
}

/** Hex SHA-256 of a signed index, as it was when something was pinned with it. */
export interface IndexDigests {
  /** Of InRelease, or of Release. */
  readonly release: string;
  /** Of Release.gpg, where that is a file of its own. */
  readonly signature?: string;
  /** Of the list of packages, unpacked. */
  readonly packages: string;
}

/** What of the lock steers a provider's solver, besides what is wanted. */
export interface Settings {
  /** The time whose snapshot archives are the sources of everything: `20261115T000000Z`. */
  readonly snapshot?: string;
}

/** Everything that one lock wants of one provider. */
export interface Desired {
  readonly provider: string;
  readonly wanted: readonly Wanted[];
  readonly unmanaged: UnmanagedRule;
  /** The lock does not speak of this provider at all: then nothing that omg owns of it is removed. */
  readonly silent?: boolean;
  readonly settings?: Settings;
  /** Digests of the signed indexes that the pins were found in, by source. */
  readonly indexes?: Readonly<Record<string, IndexDigests>>;
  /** Things the lock says that have no effect here, in words, for the user to read. */
  readonly notes: readonly string[];
}
