import type { BundleAnswer, BundleSource } from "../../../schema/model/provenance.ts";
import { MAX_BUNDLE, MAX_BUNDLES } from "../bundle.ts";
import { askJson, unknown } from "./answers.ts";

export const GITHUB_API = "https://api.github.com";

/**
 * GitHub's attestations of an artifact, by its hash, of each repository that policy names word for word (REST API, "List
 * attestations"). Nothing but that hash and the repository's name is told.
 */
export function githubAttestations(api: string): BundleSource {
  return async ({ artifact, repositories }, signal) => {
    const answers: BundleAnswer[] = [];
    for (const repository of repositories) {
      const [, path] = /^https:\/\/github\.com\/([A-Za-z0-9-]+\/[A-Za-z0-9._-]+)$/.exec(repository) ?? [];
      if (path === undefined) continue;
      const base = api.replace(/\/+$/, "");
      const address = `${base}/repos/${path}/attestations/sha256:${artifact.sha256}?per_page=${MAX_BUNDLES}`;
      answers.push(await attestationsAt(address, signal));
    }
    return answers;
  };
}

async function attestationsAt(address: string, signal: AbortSignal): Promise<BundleAnswer> {
  const answer = await askJson(address, signal, { maxBytes: MAX_BUNDLE * 4 });
  if (answer.type !== "json") return answer;
  const { attestations } = (answer.value ?? {}) as { readonly attestations?: unknown };
  if (!Array.isArray(attestations)) return unknown(address, "it answered with something else than attestations");
  const bundles = attestations
    .map((each) => (each as { readonly bundle?: unknown } | null)?.bundle)
    .filter((bundle) => typeof bundle === "object" && bundle !== null)
    .slice(0, MAX_BUNDLES)
    .map((bundle) => Buffer.from(JSON.stringify(bundle)));
  if (attestations.length > 0 && bundles.length === 0)
    return unknown(address, "it has attestations, and hands none of them out whole");
  return bundles.length === 0 ? { type: "absent", address } : { type: "found", address, bundles };
}
