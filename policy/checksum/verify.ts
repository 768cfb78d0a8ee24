import { digestsOfFile, sha256File } from "../../host/digest.ts";
import type { Artifact, Evidence } from "../../schema/model/artifact.ts";

/** Everything that the check of an artifact's bytes can end in. */
export type ChecksumCode =
  | "hash-matches"
  | "hash-mismatch"
  | "size-mismatch"
  | "not-fetched"
  | "not-built"
  | "unreadable";

/**
 * Compares the bytes of `file`, read once and in pieces, with the hashes that the artifact must have. Without a file only the bytes will tell, and the
 * verdict is `pending`.
 */
export async function checkChecksum(
  artifact: Pick<Artifact, "filename" | "sha256" | "sha512" | "size"> & Partial<Pick<Artifact, "chain">>,
  file: string | undefined,
): Promise<Evidence> {
  const { filename, sha256: wanted, chain } = artifact;
  if (chain?.type === "build" && chain.built === "not yet")
    return evidence("pending", "not-built", `${filename} is still to be built; its SHA-256 is known then.`, {});
  if (file === undefined)
    return evidence(
      "pending",
      "not-fetched",
      `${filename} is not here yet; its bytes must have SHA-256 ${wanted}.`,
      {},
    );
  let actual: { readonly sha256: string; readonly sha512?: string; readonly size: number };
  try {
    actual = await (artifact.sha512 === undefined ? sha256File(file) : digestsOfFile(file));
  } catch (fault) {
    const reason = fault instanceof Error ? fault.message : String(fault);
    return evidence("unknown", "unreadable", `${filename} could not be read: ${reason}`, {});
  }
  const facts = { sha256: actual.sha256, ...(actual.sha512 === undefined ? {} : { sha512: actual.sha512 }) };
  if (actual.sha256 !== wanted) {
    return evidence(
      "fail",
      "hash-mismatch",
      `${file} (${filename}) has SHA-256 ${actual.sha256}, not ${wanted}.`,
      facts,
    );
  }
  if (artifact.sha512 !== actual.sha512) {
    const detail = `${file} (${filename}) has SHA-512 ${actual.sha512}, not ${artifact.sha512}.`;
    return evidence("fail", "hash-mismatch", detail, facts);
  }
  if (artifact.size !== undefined && artifact.size !== actual.size) {
    return evidence(
      "fail",
      "size-mismatch",
      `${file} (${filename}) has ${actual.size} bytes, not ${artifact.size}.`,
      facts,
    );
  }
  return evidence("pass", "hash-matches", `${filename} has SHA-256 ${wanted}.`, facts);
}

function evidence(
  verdict: Evidence["verdict"],
  code: ChecksumCode,
  detail: string,
  facts: Readonly<Record<string, string>>,
): Evidence {
  return { check: "checksum", verdict, code, detail, facts };
}
