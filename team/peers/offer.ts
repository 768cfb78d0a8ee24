import type { Member } from "../../schema/model/team.ts";

/** What is answered; what a later omg asks besides gets the answer of nothing. The second is followed by a hex SHA-256. */
export const HELLO = "/1/hello";
export const ARTIFACT = "/1/sha256/";

/** Of a greeting: the newest commit that whoever greets believes. */
export const COMMIT_HEADER = "omg-commit";

/** A commit's full name as git has it; undefined for whatever else somebody says. */
export function commitIn(value: unknown): string | undefined {
  return typeof value === "string" && /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(value) ? value : undefined;
}

/** What teammates may have of this machine, at this moment. */
export interface Offer {
  /** Who may ask: the team without this machine itself. */
  readonly members: readonly Member[];
  /** Whether the lock that this machine follows names the artifact. */
  names(sha256: string): boolean;
  /** Where it lies, if it does: absolute. */
  path(sha256: string): string;
  /** The newest commit that is believed here; undefined where none is. */
  readonly commit: string | undefined;
  /** A teammate says that this is the newest commit it believes: a hint. */
  hears(commit: string): void;
}
