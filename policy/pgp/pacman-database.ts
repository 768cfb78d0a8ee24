import { compressionOf, decompressFile } from "../../host/compression.ts";
import { tarEntries } from "../../host/tar-in-memory.ts";
import type { Artifact } from "../../schema/model/artifact.ts";
import { Refusal } from "./finding.ts";

const MAX_BYTES = 256 * 1024 * 1024;

/** Whether a repository's database lists this very package. @throws Refusal `unreadable` */
export async function listsPackage(
  path: string,
  { name, version, sha256 }: Pick<Artifact, "name" | "version" | "sha256">,
): Promise<boolean> {
  const entry = `${name}-${version}/desc`;
  try {
    for (const found of tarEntries(await decompressFile(path, MAX_BYTES, compressionOf(path)))) {
      if (found.name !== entry) continue;
      const [, digest] = /^%SHA256SUM%\n([0-9a-fA-F]{64})$/m.exec(found.content.toString("utf8")) ?? [];
      return digest?.toLowerCase() === sha256;
    }
    return false;
  } catch (fault) {
    throw new Refusal(
      "unreadable",
      `${path} could not be read: ${fault instanceof Error ? fault.message : String(fault)}`,
    );
  }
}
