import type { Evidence, Grade } from "../schema/model/artifact.ts";
import type { Position } from "../schema/model/desired.ts";
import type { OfferedVersion, Related } from "../schema/model/inventory.ts";
import type { Vulnerability } from "../schema/model/vulnerability.ts";
import type { ResolvedVariable } from "../schema/wire/resolved.ts";
import type { Task } from "./tasks/task.ts";

/** What the commands that only ask give back. */

export interface SearchResult {
  readonly terms: readonly string[];
  readonly hits: readonly {
    readonly name: string;
    readonly provider: string;
    readonly version: string;
    readonly summary: string;
    readonly section: string;
    readonly source: string;
    /** Version that is installed. */
    readonly installed?: string;
  }[];
  /** Shown or not. */
  readonly total: number;
  /** Names that may have been meant; only where nothing was found. */
  readonly nearest: readonly string[];
}

/** What the lock says of a package. */
export interface LockWord {
  /** As in the lock: `*`, `7.88.*`, `absent`; absent for a dependency that is only pinned. */
  readonly request?: string;
  readonly pinned?: string;
  /** Where it stands: the request, or else the pin. */
  readonly at?: Position;
}

export interface OutdatedResult {
  readonly packages: readonly {
    readonly name: string;
    readonly installed: string;
    readonly candidate: string;
    readonly source: string;
    readonly pinned?: string;
    readonly held: boolean;
    readonly security: boolean;
    /** Newer than the pin already. */
    readonly ahead: boolean;
    /** Known vulnerabilities that the candidate is without, the worst first; absent where none is known. */
    readonly fixes?: readonly string[];
  }[];
  readonly count: number;
}

export interface ExplicitResult {
  readonly packages: readonly {
    readonly name: string;
    readonly version: string;
    /** Whether the lock asks for it by name. */
    readonly inLock: boolean;
  }[];
  readonly count: number;
  /** Path of the lock; absent where there is none. */
  readonly lock?: string;
}

export interface OrphansResult {
  readonly packages: readonly {
    readonly name: string;
    readonly version: string;
    readonly size?: number;
    readonly summary: string;
  }[];
  readonly count: number;
  /** Of those whose size is known. */
  readonly bytes: number;
}

export interface SizeResult {
  /** The largest first. */
  readonly packages: readonly {
    readonly name: string;
    readonly size?: number;
    /** Bytes that its removal would free, with all that goes with it; absent where it may not be removed. */
    readonly frees?: number;
    /** What else would go. */
    readonly alsoRemoved: readonly string[];
    /** Why it cannot be removed. */
    readonly refused?: string;
  }[];
  /** Of everything installed. */
  readonly count: number;
  readonly bytes: number;
}

export interface WhyResult {
  readonly name: string;
  readonly installed?: string;
  /** Somebody asked for it by name. */
  readonly requested: boolean;
  readonly lock?: LockWord;
  /** Name of the lock on whose behalf omg owns it. */
  readonly ownedBy?: string;
  /** Shortest ways from what was asked for to this, each from its beginning. */
  readonly chains: readonly (readonly { readonly name: string; readonly kind?: string }[])[];
  readonly dependents: readonly { readonly name: string; readonly kind: string; readonly text: string }[];
  /** Nothing needs it any more. */
  readonly orphan: boolean;
  readonly protectedBy?: string;
  /** What an installation would take; only where it is not installed. */
  readonly candidate?: { readonly version: string; readonly source: string };
  /** Packages that provide the name, where none has it. */
  readonly providers: readonly string[];
  /** Installed packages that would like to have it. */
  readonly wishedBy: readonly { readonly name: string; readonly kind: string }[];
}

export interface PackageInfo {
  readonly name: string;
  readonly provider: string;
  readonly installed?: string;
  readonly requested?: boolean;
  readonly held?: boolean;
  readonly candidate?: string;
  readonly lock?: LockWord;
  readonly ownedBy?: string;
  /** What omg found out about the installed version when it had it in its hands. */
  readonly verified?: { readonly grade: Grade; readonly sha256: string; readonly evidence: readonly Evidence[] };
  /** Of the installed version; absent where no list on this disk is about it. `date`, RFC 3339: how new the list is. */
  readonly vulnerabilities?: { readonly known: readonly Vulnerability[]; readonly date: string };
  readonly summary: string;
  readonly description?: string;
  readonly section: string;
  readonly homepage?: string;
  /** Bytes on the disk. */
  readonly size?: number;
  /** Bytes to fetch. */
  readonly download?: number;
  readonly relations: readonly Related[];
  readonly versions: readonly Omit<OfferedVersion, "facts">[];
  readonly providers: readonly string[];
}

export interface InfoResult {
  readonly packages: readonly PackageInfo[];
  /** Names that neither the sources nor the machine have. */
  readonly unknown: readonly { readonly name: string; readonly message: string; readonly hint: string }[];
}

/** A bill of materials of what is installed. */
export interface SbomResult {
  /** The document. */
  readonly text: string;
  /** Where it was written. */
  readonly path?: string;
  readonly components: number;
  /** Of how many the artifact's hash is known. */
  readonly hashes: number;
  readonly licenses: number;
}

/** A credential where it should not be. */
export interface SecretFinding {
  /** From the folder that omg was started in. */
  readonly file: string;
  /** From 1, as columns are. */
  readonly line: number;
  readonly column: number;
  readonly kind: string;
  /** The kind, for people. */
  readonly what: string;
  /** What may be shown of it. */
  readonly masked: string;
}

export interface UnreadFile {
  readonly file: string;
  readonly reason: "binary" | "large" | "unreadable";
  /** Why it cannot be read. */
  readonly detail?: string;
}

export interface SecretsResult {
  readonly findings: readonly SecretFinding[];
  /** How many were read. */
  readonly files: number;
  readonly unread: readonly UnreadFile[];
  /** How many a comment on their line lets pass. */
  readonly allowed: number;
  readonly notes: readonly string[];
}

/** One tool as `omg which` tells of it. */
export interface WhichTool {
  readonly name: string;
  /** Where the name is that of one of its programs. */
  readonly runtime?: string;
  /** In order; `system` and `folder` in the place of a version where PATH or a file's own folder decides. */
  readonly versions: readonly { readonly version: string; readonly folder?: string }[];
  /** Requests that no installed version answers. */
  readonly missing: readonly string[];
  readonly requests?: readonly string[];
  /** Absent where nothing asks for it. */
  readonly because?: { readonly file: string; readonly line: number };
  /** Why nothing can be made of that line. */
  readonly fault?: string;
  /** Omg does not install it; `versions` are those that mise has. */
  readonly foreign?: true;
  /** Of the program, absolute; absent where there is none. */
  readonly path?: string;
  /** The version's folder has lost the program that the runtime is called by. */
  readonly damaged?: true;
  /** What brings a version that is not installed, or is damaged. */
  readonly remedy?: string;
}

/** What `omg which` tells of a folder. */
export interface WhichResult {
  readonly folder: string;
  readonly tools: readonly WhichTool[];
}

/** What `omg allow` let take effect. */
export interface AllowResult {
  readonly folder: string;
  readonly files: readonly {
    readonly path: string;
    /** It was allowed already, in this content. */
    readonly before: boolean;
    /** It only names folders to take programs from. */
    readonly naming: boolean;
    readonly variables: readonly ResolvedVariable[];
    readonly aliases: readonly { readonly name: string; readonly value: string }[];
    /** `NAME: reason` */
    readonly refused: readonly string[];
  }[];
}

/** What `omg deny` took back. */
export interface DenyResult {
  readonly folder: string;
  readonly files: readonly { readonly path: string; readonly before: boolean }[];
}

/** What `omg run` could run in a folder. */
export interface TasksResult {
  readonly folder: string;
  readonly tasks: readonly Task[];
}
