import type { BundleAnswer, BundleSource } from "../../../schema/model/provenance.ts";
import { ask, unknown } from "./answers.ts";

/** Mirrors of one artifact that are asked, at most. */
const MOST = 3;

/** The publisher's own: `<address of the artifact>.sigstore.json`. The first mirror that has it is enough. */
export const besideArtifact: BundleSource = async ({ artifact }, signal) => {
  const answers: BundleAnswer[] = [];
  for (const address of artifact.urls.flatMap(besideOf).slice(0, MOST)) {
    const answer = await ask(address, signal);
    if (answer.type !== "bytes") answers.push(answer);
    else if (looksLikeJson(answer.bytes)) return [{ type: "found", address, bundles: [answer.bytes] }];
    else answers.push(unknown(address, "it answered with something that is not JSON"));
  }
  return answers;
};

function besideOf(url: string): readonly string[] {
  if (!URL.canParse(url)) return [];
  const address = new URL(url);
  if (!["http:", "https:", "file:"].includes(address.protocol)) return [];
  address.pathname += ".sigstore.json";
  return [address.href];
}

/** A page of a captive portal says nothing about bundles; what is JSON and no bundle is one that somebody spoiled. */
function looksLikeJson(bytes: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}
