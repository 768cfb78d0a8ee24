import type { BundleAnswer, BundleSource } from "../../../schema/model/provenance.ts";
import { askJson, unknown } from "./answers.ts";
import { bundleOfEntry } from "./rekor-entry.ts";

export const REKOR = "https://rekor.sigstore.dev";

/** Entries about one artifact that are looked at, at most. */
const MOST = 8;

/**
 * What a transparency log of Rekor's first version has about an artifact's hash. Only entries of the kind `intoto` keep the
 * statement; of the others the log has no more than digests, so nothing can be made of them.
 */
export function rekorEntries(log: string): BundleSource {
  const base = log.replace(/\/+$/, "");
  return async ({ artifact }, signal) => {
    const search = `${base}/api/v1/index/retrieve`;
    const json = JSON.stringify({ hash: `sha256:${artifact.sha256}` });
    const answer = await askJson(search, signal, { json });
    if (answer.type !== "json") return [answer];
    if (!Array.isArray(answer.value))
      return [unknown(search, "it answered with something else than a list of entries")];
    const ids = answer.value.filter((id): id is string => typeof id === "string" && /^[0-9a-f]{64,80}$/.test(id));
    if (ids.length === 0) return [{ type: "absent", address: search }];
    const answers: BundleAnswer[] = [];
    for (const id of ids.slice(0, MOST)) answers.push(await entryAt(`${base}/api/v1/log/entries/${id}`, signal));
    return answers;
  };
}

async function entryAt(address: string, signal: AbortSignal): Promise<BundleAnswer> {
  const answer = await askJson(address, signal);
  if (answer.type !== "json") return answer;
  try {
    const bundle = bundleOfEntry(answer.value);
    return bundle === undefined
      ? { type: "absent", address }
      : { type: "found", address, bundles: [Buffer.from(JSON.stringify(bundle))] };
  } catch {
    return unknown(address, "it answered with something else than an entry of a log");
  }
}
