import { sha256File } from "../../host/digest.ts";
import type { Artifact, Evidence } from "../../schema/model/artifact.ts";

/** Everything that the check of an artifact's bytes can end in. */
export type ChecksumCode = "hash-matches" | "hash-mismatch" | "size-mismatch" | "not-fetched" | "unreadable";

/**
 * Compares the bytes of `file` with the hash that the artifact must have. Without a file only the bytes will tell, and the
 * verdict is `pending`.
 */
export async function checkChecksum(
  artifact: Pick<Artifact, "filename" | "sha256" | "size">,
  file: string | undefined,
): Promise<Evidence> {
  const { filename, sha256: wanted } = artifact;
  if (file === undefined)
    return evidence(
      "pending",
      "not-fetched",
      `${filename} is not here yet; its bytes must have SHA-256 ${wanted}.`,
      {},
    );
  let actual: { sha256: string; size: number };
  try {
    actual = await sha256File(file);
  } catch (fault) {
    const reason = fault instanceof Error ? fault.message : String(fault);
    return evidence("unknown", "unreadable", `${filename} could not be read: ${reason}`, {});
  }
  const facts = { sha256: actual.sha256 };
  if (actual.sha256 !== wanted) {
    return evidence(
      "fail",
      "hash-mismatch",
      `${file} (${filename}) has SHA-256 ${actual.sha256}, not ${wanted}.`,
      facts,
    );
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
