import type { Trust, TrustKey } from "../../schema/wire/trust-schema.ts";
import { fingerprintOf, parseTrust, trustError } from "./document.ts";

/** A document as it lies in the repository, and the signatures beside it: ASCII armour, one after the other. */
export interface Written {
  readonly text: string;
  readonly signatures: string;
}

/** Which of these keys signed a text, by fingerprint. Whatever is no good signature signed nothing. */
export type WhoSigned = (written: Written, keys: Readonly<Record<string, TrustKey>>) => Promise<ReadonlySet<string>>;

/**
 * The documents of a team, each of which counts by the one before: the first by its fingerprint, which came from elsewhere, every other by
 * enough signatures of the previous trust keys, and each by enough of its own.
 * @param written by version, from 1, without a gap
 * @throws OmgError `trust-missing`, `trust-unknown`, `trust-invalid`, `trust-unsigned`, `trust-expired`
 */
export async function verifyChain(
  written: readonly Written[],
  fingerprint: string,
  whoSigned: WhoSigned,
  now: Date,
): Promise<readonly [Trust, ...Trust[]]> {
  const [first, ...later] = written;
  if (first === undefined)
    throw trustError("trust-missing", "The repository has no .omg/trust/1.json: it is no team's.");
  // Which one it has is not said: whoever reads it there would type it, and it has to come from elsewhere.
  if (fingerprintOf(first.text) !== fingerprint)
    throw trustError("trust-unknown", `The repository's first trust document is not ${fingerprint}.`);
  const chain: [Trust, ...Trust[]] = [parseTrust(first.text, 1)];
  await demand(first, chain[0], chain[0], whoSigned);
  for (const [index, next] of later.entries()) {
    const [before, trust] = [chain.at(-1) ?? chain[0], parseTrust(next.text, index + 2)];
    if (trust.team !== before.team)
      throw trustError("trust-invalid", `.omg/trust/${trust.version}.json is of another team: ${trust.team}.`);
    await demand(next, trust, before, whoSigned);
    await demand(next, trust, trust, whoSigned);
    chain.push(trust);
  }
  refuseExpired(chain.at(-1) ?? chain[0], now);
  return chain;
}

async function demand(written: Written, { version }: Trust, by: Trust, whoSigned: WhoSigned): Promise<void> {
  const { keys, roles, threshold } = by;
  const holders = Object.fromEntries(Object.entries(keys).filter(([key]) => roles.trust.includes(key)));
  const signed = await whoSigned(written, holders);
  if (signed.size >= threshold) return;
  const whose = by.version === version ? "its own" : `version ${by.version}'s`;
  throw trustError(
    "trust-unsigned",
    `.omg/trust/${version}.json does not count: ${signed.size} of ${whose} trust keys signed it, and ${threshold} must.`,
  );
}

function refuseExpired({ version, expires }: Trust, now: Date): void {
  if (expires === undefined || new Date(expires) > now) return;
  throw trustError("trust-expired", `.omg/trust/${version}.json ended at ${expires}, and no later one is there.`);
}
