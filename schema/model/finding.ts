import type { DebianChain } from "./artifact.ts";

/** What omg can mend by itself without taking anything from anybody. */
export type Remedy =
  | "recover" // finish what an interrupted omg left
  | "repair" // bring an interrupted package manager back
  | "modes" // owner and mode of omg's own folders
  | "setup" // put the root-owned part there anew
  | "refresh"; // fetch the package lists

/** What one look at the machine came to. */
export interface Finding {
  /** What was looked at. Closed, kebab-case, stable: `dpkg`, `apt-lists`. */
  readonly check: string;
  readonly level: "ok" | "warn" | "bad";
  /** What is so, in one sentence. */
  readonly found: string;
  /** What to do about it. */
  readonly next?: string;
  readonly remedy?: Remedy;
}

/** The keys that vouch for one source. */
export interface KeyUse extends Pick<DebianChain, "keyrings" | "keyBlock" | "fingerprints"> {
  readonly source: string;
}

/** What a provider finds wrong with its package manager. */
export interface Examination {
  readonly findings: readonly Finding[];
  readonly keys: readonly KeyUse[];
  /** The newest date that a signed index bears, RFC 3339: no clock can be before it. */
  readonly newest?: string;
}
