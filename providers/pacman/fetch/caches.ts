import { copyFileSync, existsSync } from "node:fs";
import { sha256File } from "../../../host/digest.ts";
import type { ArtifactSource } from "../../../schema/model/artifact-source.ts";
import type { PacmanConfig } from "../machine/config.ts";

/** What pacman has fetched already. Other bytes under the same name are left to the next source. */
export function cacheSupplier({ caches }: PacmanConfig): ArtifactSource {
  return async ({ filename, sha256 }, path, onBytes) => {
    for (const file of caches.map((folder) => folder + filename).filter(existsSync)) {
      const found = await sha256File(file);
      if (found.sha256 !== sha256) continue;
      copyFileSync(file, path);
      onBytes(found.size);
      return true;
    }
    return false;
  };
}
