import type { Member } from "../../schema/model/team.ts";
import type { Word } from "./word.ts";

/**
 * What is answered; what a later omg asks besides gets the answer of nothing. The second is followed by a hex SHA-256, the third by the newest
 * commit that whoever asks believes and, after a slash, the newest of the branch of releases that it has.
 */
export const HELLO = "/1/hello";
export const ARTIFACT = "/1/sha256/";
export const COMMITS = "/1/commits/";

/** Artifacts that are sent to one machine at a time; for more it is asked to come back. */
export const SENT_AT_ONCE = 8;

/** Of a greeting: the word of whoever greets. */
export const WORD_HEADER = "omg-word";
/** Of an answer with commits: the newest of them, and the newest of the branch of releases. */
export const COMMIT_HEADER = "omg-commit";
export const RELEASE_HEADER = "omg-release";

/** A commit's full name as git has it; undefined for whatever else somebody says. */
export function commitIn(value: unknown): string | undefined {
  return typeof value === "string" && /^[0-9a-f]{40}$/.test(value) ? value : undefined;
}

/** Commits that somebody does not have yet, with all that they bring. Nothing of it is believed by whoever gets it. */
export interface News {
  readonly commit: string;
  /** Newest commit of the branch of releases. */
  readonly release?: string;
  /** git's own pack of both. */
  readonly pack: Uint8Array;
}

/** What somebody has: commits as in `News`. */
export type Known = Omit<News, "pack">;

/** What teammates may have of this machine, at this moment. */
export interface Offer {
  /** Who may ask: the team without this machine itself. */
  readonly members: readonly Member[];
  /** Whether the lock that this machine follows names the artifact. */
  names(sha256: string): boolean;
  /** Where it lies, if it does: absolute. */
  path(sha256: string): string;
  /** What a greeting is answered with; undefined where nothing is followed yet. */
  readonly word: Word | undefined;
  /** Of the followed branch, what is newer than that; undefined where nothing is. */
  news(known: Known): Promise<News | undefined>;
  /** A teammate, by its key, says that. */
  hears(key: string, word: Word): void;
}
