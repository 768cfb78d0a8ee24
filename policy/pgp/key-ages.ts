import type { DebianChain } from "../../schema/model/artifact.ts";
import { Refusal } from "./finding.ts";
import { readTrustedKeys } from "./keyring.ts";

/** Whether any key that may vouch for a source still can, and until when. */
export type KeyAges =
  | { readonly state: "unreadable"; readonly reason: string }
  /** `until`: when the last of them expires; absent where one never does. */
  | { readonly state: "valid"; readonly until?: Date }
  | { readonly state: "expired"; readonly since: Date };

/** A keyring is as good as its last key: archives keep their old keys beside the new ones. */
export async function keyAges(
  source: Pick<DebianChain, "keyrings" | "keyBlock" | "fingerprints">,
  now: Date,
): Promise<KeyAges> {
  try {
    const { keys } = await readTrustedKeys(source);
    const ends = await Promise.all(keys.map(async (key) => (await key.getExpirationTime()) ?? new Date(0)));
    if (ends.some((end) => end === Number.POSITIVE_INFINITY)) return { state: "valid" };
    const last = new Date(Math.max(0, ...ends.map((end) => new Date(end).getTime())));
    return last > now ? { state: "valid", until: last } : { state: "expired", since: last };
  } catch (fault) {
    if (fault instanceof Refusal) return { state: "unreadable", reason: fault.message };
    throw fault;
  }
}
