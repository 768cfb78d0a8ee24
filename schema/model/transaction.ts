import type { Artifact } from "./artifact.ts";
import type { Cause, Kind } from "./change.ts";
import type { Address, Attributes } from "./resource.ts";

/** One thing that the transaction does to one resource. */
export interface Step {
  readonly address: Address;
  readonly provider: string;
  readonly name: string;
  readonly kind: Kind;
  readonly cause: Cause;
  readonly before: Attributes | null;
  readonly after: Attributes | null;
  /** Who made the solver do it, for dependencies and conflicts. */
  readonly because?: Address;
  /** Hex SHA-256 of the artifact that it installs. */
  readonly sha256?: string;
  /** Why this may not be done, whatever is asked: `Essential`. Set only on removals. */
  readonly protectedBy?: string;
  /** Whether a rollback can bring `before` back, and if not, why not. */
  readonly undo: { readonly possible: true } | { readonly possible: false; readonly reason: string };
}

/** Why there is no transaction. Closed, so that front ends can act on it. */
export type ProblemCode =
  | "unknown-name"
  | "virtual-name"
  | "no-such-version"
  | "unpinned" // only what the lock pins is installed, and it pins nothing here
  | "lock-index-disagree" // the lock pins other bytes than the signed index names
  | "conflict"
  | "held"
  | "downgrade"
  | "broken-package" // left half done by somebody, and no step mends it
  | "unsupported";

export interface Problem {
  readonly code: ProblemCode;
  readonly address: Address;
  readonly message: string;
  readonly hint: string;
}

/** A provider's exact answer to a list of changes. With problems there is nothing to apply. */
export interface Transaction {
  readonly provider: string;
  readonly steps: readonly Step[];
  readonly artifacts: readonly Artifact[];
  readonly problems: readonly Problem[];
  /** Things worth knowing that stop nothing. */
  readonly notes: readonly string[];
  /** What the provider's own `operations` needs besides steps and artifacts; nobody else reads it. */
  readonly payload?: Readonly<Record<string, string>>;
}

/** How an archive is laid out, and what becomes of it. */
export interface ArchiveLayout {
  readonly format: "tar.gz" | "tar.xz" | "zip";
  /** Folders in front of each name that are left out, and whatever lies in fewer of them. */
  readonly strip: number;
  /** Patterns of what is left out, by its path below the first folder. */
  readonly without?: readonly string[];
  /** The folder that everything comes into, below the new one. */
  readonly into?: string;
  /** Symbolic links beside what the archive has: where, and where they lead to. */
  readonly links?: Readonly<Record<string, string>>;
}

/** An archive that only mise knows how to unpack. */
export interface MiseLayout {
  readonly format: "mise";
  /** Absolute path of mise. */
  readonly program: string;
  /** As mise calls it: `jq`. */
  readonly tool: string;
  readonly version: string;
  /** Where mise has it from: `aqua:jqlang/jq`. */
  readonly backend: string;
  /** As mise calls this machine: `linux-x64`. */
  readonly platform: string;
  /** The address that these bytes have, by whose last part mise tells what they are. */
  readonly url: string;
}

/** The closed set of things that omg does to a machine. One executor in `host/` performs them. */
export type Operation =
  | {
      readonly type: "exec";
      readonly label: string;
      /** Absolute path. */
      readonly file: string;
      readonly args: readonly string[];
      /** The whole environment; nothing is inherited. */
      readonly env: Readonly<Record<string, string>>;
      readonly input?: string;
      /** Whether output lines are shown as progress, or only kept for an error. */
      readonly show: boolean;
      /** Some programs fail after doing everything; the re-read decides then. Default: any exit but 0 stops the transaction. */
      readonly tolerate?: boolean;
      /** Milliseconds after which it is ended. Only for what leaves nothing half done. */
      readonly limitMs?: number;
      /** What to tell when a line of the output says this: some programs do not count a failure as one. */
      readonly alarm?: { readonly line: string; readonly message: string };
    }
  | {
      readonly type: "write";
      readonly label: string;
      readonly path: string;
      readonly content: string;
      /** How the content is written down, where it is no text. */
      readonly encoding?: "base64";
      readonly mode: number;
    }
  /** Makes `path` a hard link (or, across devices, a copy) of the store's object, or a symbolic link to `target`. */
  | { readonly type: "link"; readonly label: string; readonly path: string; readonly sha256: string }
  | { readonly type: "link"; readonly label: string; readonly path: string; readonly target: string }
  /** Makes the folder `path` out of the store's object, at once: until it is whole, and on the disk, nothing is there. */
  | {
      readonly type: "extract";
      readonly label: string;
      readonly path: string;
      readonly sha256: string;
      readonly layout: ArchiveLayout | MiseLayout;
      /** A file of the folder that says what it was made of. A folder that has the same one there already is left as it is. */
      readonly receipt: { readonly name: string; readonly content: string };
    }
  /** Removes a file or a folder tree that omg made. */
  | { readonly type: "remove"; readonly label: string; readonly path: string };
