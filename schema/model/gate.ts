import type { Verdict } from "./artifact.ts";
import type { Transaction } from "./transaction.ts";

/** Every verifier and the effective policy, behind one question. */
export interface Gate {
  /** Judges whatever bytes are there by now; before the fetch, what only the bytes will tell is `pending`. */
  judge(transactions: readonly Transaction[]): Promise<Verdict>;
}
