import type { Artifact } from "../../schema/model/artifact.ts";
import type { Step } from "../../schema/model/transaction.ts";

/** The keys that all other packages are signed with: they come before what they vouch for. */
export const KEYRING = "archlinux-keyring";

/**
 * Marks what may be signed by a key that only the keyring brings which comes with it. Not where that comes along for something else: then it
 * cannot come alone. Nor where the way leads back: an older keyring has no newer keys. Pure.
 */
export function withNewKeys(artifacts: readonly Artifact[], steps: readonly Step[]): readonly Artifact[] {
  const keys = steps.find(({ name, kind }) => name === KEYRING && (kind === "install" || kind === "upgrade"));
  if (keys === undefined || (keys.cause !== "lock" && keys.cause !== "drift")) return artifacts;
  return artifacts.map((artifact) => (artifact.name === KEYRING ? artifact : { ...artifact, keysFrom: keys.address }));
}
