import type { Loosening, ShownRule } from "../policy/index.ts";
import type { Grade, Verdict } from "../schema/model/artifact.ts";
import type { Waiver } from "../schema/model/waiver.ts";

/** What the commands about policies give back. */

/** A waiver, and what became of it. */
export interface WaiverUse extends Waiver {
  readonly file: string;
  readonly line?: number;
  /** `unused`: nothing in this plan needed it. */
  readonly state: "used" | "unused" | "expired";
}

export interface PolicyCheckResult {
  /** `saved`: a plan file's evidence was taken as it stands there. `made`: a plan was made and verified as far as a plan is. */
  readonly judged: "saved" | "made";
  /** Whose plan it is, and when it was made. */
  readonly about: { readonly name: string; readonly platform: string; readonly time: string; readonly path?: string };
  readonly steps: number;
  readonly artifacts: number;
  /** Files that were judged by, in their order. */
  readonly policies: readonly string[];
  readonly verdict: Omit<Verdict, "judgements">;
  readonly waivers: readonly WaiverUse[];
}

export interface PolicyShowResult {
  /** Files that count, by the role they have. */
  readonly files: readonly {
    readonly role: "machine" | "repository";
    readonly path: string;
    readonly there: boolean;
  }[];
  readonly rules: readonly ShownRule[];
  readonly waivers: readonly WaiverUse[];
  /** In what the repository's policy asks for less than when it was last applied here. */
  readonly loosenings: readonly Loosening[];
  readonly digest: string;
}

export interface PolicyTestResult {
  readonly path: string;
  readonly policy: string;
  readonly cases: readonly PolicyTestCase[];
  readonly failed: number;
}

export interface PolicyTestCase {
  readonly name: string;
  /** From 1. */
  readonly line: number;
  readonly passed: boolean;
  /** What was expected and did not come, in sentences. */
  readonly reasons: readonly string[];
  readonly verdict: "allowed" | "warned" | "waived" | "refused";
  readonly grade?: Grade;
  /** Rules that said something, as policy.toml names them. */
  readonly rules: readonly string[];
}

export interface PolicyAcceptResult {
  readonly path: string;
  readonly loosenings: readonly Loosening[];
  /** `nothing`: the present policy asks for no less. */
  readonly outcome: "accepted" | "declined" | "nothing";
}
