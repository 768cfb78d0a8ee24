import { forEachStanza } from "../../../host/deb822.ts";
import { readIfPresent } from "../../../host/files.ts";
import { packageKey } from "../package-key.ts";
import type { AptConfig } from "./config.ts";

/**
 * Keys of the packages that apt installed because others needed them (`Auto-Installed: 1` in extended_states). No file means
 * that everything was asked for. A record without an architecture is of the native one. System errors pass.
 */
export function readAutoMarks(config: AptConfig): ReadonlySet<string> {
  const marked = new Set<string>();
  const bytes = readIfPresent(config.paths.extendedStates);
  if (bytes === undefined) return marked;
  forEachStanza(bytes, (stanza) => {
    const name = stanza.get("Package");
    const arch = stanza.get("Architecture") ?? "";
    if (name !== undefined && stanza.get("Auto-Installed") === "1") {
      marked.add(packageKey(name, arch, config.architecture));
    }
  });
  return marked;
}
