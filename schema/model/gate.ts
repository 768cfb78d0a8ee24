import type { Verdict } from "./artifact.ts";
import type { Transaction } from "./transaction.ts";

/** Every verifier and the effective policy, behind one question. */
export interface Gate {
  /** Judges whatever bytes are there by now; before the fetch, what only the bytes will tell is `pending`. */
  judge(transactions: readonly Transaction[]): Promise<Verdict>;
  /**
   * What `judge` would say, for a plan: signatures and indexes that were found good before are believed while nothing behind
   * them has changed. Nothing is installed on its word.
   */
  foresee(transactions: readonly Transaction[]): Promise<Verdict>;
}
