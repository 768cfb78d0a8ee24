import type { Evidence } from "../../schema/model/artifact.ts";

const REMEDIES: Readonly<Record<string, string>> = {
  "no-keyring-bound": "Add `Signed-By:` with the archive's keyring to the source.",
  "source-trusted-blindly": "Take `trusted=yes` out of the source and bind it to its key with `Signed-By:`.",
  "release-expired": "Refresh the package lists (`apt-get update`); if they are fresh, the mirror is behind.",
  "release-from-future": "Set this machine's clock.",
  "release-older":
    "Refresh the package lists from a mirror that follows its archive. If the archive itself really went back, take its entry out of that file.",
  "key-unknown": "Bind the source to the key that signs it, after checking its fingerprint with the archive's owner.",
  "key-expired": "Install the archive's renewed key.",
  "key-revoked": "Do not use the source until its owner has published a new key.",
  "key-unusable": "Ask the archive's owner which key signs, and bind the source to that one.",
  "weak-hash": "Ask the archive's owner for a signature with a stronger hash.",
  "weak-key": "Ask the archive's owner for a signature with a stronger key.",
  "signature-expired": "Refresh the package lists (`apt-get update`); if they are fresh, the mirror is behind.",
  "signature-from-future": "Set this machine's clock.",
  "signature-outside-key-life": "Ask the archive's owner: nobody can have signed that with this key, at that time.",
  "signature-bad":
    "Take the index for tampered: fetch it anew (`apt-get update`), and do not use a mirror where it stays.",
  "lock-index-disagree":
    "One version with two builds means that somebody replaced it, in the archive or in the lock: find out who and why, then pin it anew (`omg update NAME`).",
  "index-mismatch": "Refresh the package lists (`apt-get update`).",
  "index-not-listed": "Refresh the package lists (`apt-get update`).",
  "artifact-not-listed": "Refresh the package lists and pin a build that they list (`omg lock`).",
  "hash-mismatch": "Take the bytes for tampered: find out where they came from, then remove that file and try again.",
  "size-mismatch": "Take the bytes for tampered: find out where they came from, then remove that file and try again.",
  unreadable: "Make the file that is named readable, or refresh the package lists.",
};

/** The pieces of evidence that keep an artifact from being any better. */
export function against(evidence: readonly Evidence[]): readonly Evidence[] {
  const failed = evidence.filter(({ verdict }) => verdict === "fail");
  return failed.length > 0 ? failed : evidence.filter(({ verdict }) => verdict === "unknown" || verdict === "absent");
}

/** What would turn this evidence into a pass; `otherwise` where nothing better is known. */
export function remedyFor(evidence: readonly Evidence[], otherwise: string): string {
  const known = against(evidence).map(({ code }) => REMEDIES[code]);
  return known.find((remedy) => remedy !== undefined) ?? otherwise;
}
