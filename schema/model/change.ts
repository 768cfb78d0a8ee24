import type { Pin } from "./desired.ts";
import type { Address, Attributes } from "./resource.ts";

/** What is done to a resource. `modify` changes marks or values and leaves the version alone. */
export type Kind = "install" | "upgrade" | "downgrade" | "reinstall" | "modify" | "remove" | "purge";

/** Why it is done. */
export type Cause =
  | "lock" // omg.lock wants it
  | "drift" // it was so, and the machine moved away
  | "left" // it left the lock, and omg owns it
  | "unmanaged" // the lock says to remove what it does not name
  | "rollback"
  | "dependency" // something above needs it
  | "conflict"; // something above cannot live with it

/** A difference that the lock asks to close, before any solver has seen it. */
export interface Change {
  readonly address: Address;
  readonly provider: string;
  readonly name: string;
  /** `modify` where the request is not pinned and the solver must say which version it means. */
  readonly kind: Kind;
  readonly cause: Cause;
  readonly before: Attributes | null;
  /** Attributes that are known already; null for a removal. */
  readonly after: Attributes | null;
  /** The version request, where no pin decides. */
  readonly request?: string;
  readonly from?: string;
  /** Hex SHA-256 that the lock pins. */
  readonly sha256?: string;
  /** The pin, where that says what to build from, or where the artifact lies. */
  readonly pin?: Pin;
  /** To be removed only where nothing else on the machine needs it. */
  readonly onlyIfUnneeded?: boolean;
}

/** The machine against the last applied generation. */
export interface Drift {
  readonly address: Address;
  readonly before: Attributes | null;
  readonly after: Attributes | null;
}

/** The pure comparison of base, lock and machine. */
export interface Diff {
  readonly drift: readonly Drift[];
  readonly changes: readonly Change[];
  /** Installed in a newer version than pinned; left alone. */
  readonly ahead: readonly { readonly address: Address; readonly installed: string; readonly pinned: string }[];
  /** Asked for on the machine, and neither in the lock nor owned. */
  readonly unmanaged: readonly Address[];
  /** From no configured source. */
  readonly foreign: readonly Address[];
  /** Requests without a pin for this platform. */
  readonly unpinned: readonly Address[];
  /** In the lock and satisfied. */
  readonly satisfied: number;
  /** What could not be read, and why: nothing is concluded from it. */
  readonly unreadable: readonly { readonly address: Address; readonly reason: string }[];
}
