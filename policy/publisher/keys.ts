import type { PublisherKeys } from "../../schema/model/artifact.ts";
import { fingerprintOf, readTrustedKeys, type TrustedKeys } from "../pgp/keyring.ts";

/**
 * The keys that may sign for a publisher: of those that it hands out, the ones whose fingerprints omg knows, and all that people
 * put there themselves.
 * @throws Refusal `unreadable`
 */
export async function publisherKeys({ published, own }: PublisherKeys): Promise<TrustedKeys> {
  const given = await readTrustedKeys({ keyrings: own });
  if (published === undefined) return given;
  const { file, fingerprints } = published;
  const handedOut = await readTrustedKeys({ keyrings: [file], fingerprints });
  const ownKeys = new Set(given.keys.map(fingerprintOf));
  return {
    keys: [...given.keys, ...handedOut.keys],
    admits: (key, signer) => ownKeys.has(fingerprintOf(key)) || handedOut.admits(key, signer),
  };
}
