import type { DebianChain } from "../../../schema/model/artifact.ts";

/** Whose signature under a source's Release file counts. */
export type Vouchers = Pick<DebianChain, "keyrings" | "keyBlock" | "fingerprints" | "bound">;

/**
 * What `Signed-By` comes to (sources.list(5)). Without it all that apt trusts may sign. Fingerprints choose among the keys of
 * the files beside them, or among all that apt trusts where there are none. A word that is neither path nor fingerprint
 * chooses no key at all: apt refuses such a source. Pure.
 */
export function vouchersOf(signedBy: readonly string[], trusted: readonly string[]): Vouchers {
  const [first] = signedBy;
  if (first === undefined) return { keyrings: trusted, bound: false };
  if (first.startsWith("-----BEGIN")) return { keyrings: [], keyBlock: first, bound: true };
  const files = signedBy.filter((word) => word.startsWith("/"));
  const fingerprints = signedBy.filter((word) => !word.startsWith("/")).map((word) => word.toUpperCase());
  return {
    keyrings: files.length > 0 ? files : trusted,
    ...(fingerprints.length > 0 && { fingerprints }),
    bound: true,
  };
}
