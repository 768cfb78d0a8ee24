import { Refusal } from "./finding.ts";
import { judgeSignatures, tellingOf } from "./judge.ts";
import type { TrustedKeys } from "./keyring.ts";
import type { SignedRelease } from "./signed-file.ts";

/** A key that vouches for a Release file. */
export interface Voucher {
  /** Fingerprint of the (sub)key, upper-case hex. */
  readonly key: string;
  /** When that ends; absent where it does not. */
  readonly until?: Date;
}

/**
 * Verifies a Release file against exactly these keys and returns one that vouches for it.
 * @throws Refusal with the most telling code when no key vouches.
 */
export async function verifySignatures({ signed }: SignedRelease, trusted: TrustedKeys, now: Date): Promise<Voucher> {
  const told = tellingOf(await judgeSignatures(signed, trusted, now));
  if (told === undefined) throw new Refusal("signature-bad", "The Release file carries no signature.");
  const { code, detail, key, until } = told;
  if (code === "signature-valid" && key !== undefined) return { key, ...(until === undefined ? {} : { until }) };
  throw new Refusal(code, detail, key === undefined ? {} : { key });
}
