import { forEachRecord } from "../../../host/deb822-records.ts";
import { readIfPresent } from "../../../host/files.ts";
import { packageKey } from "../package-key.ts";
import type { AptConfig } from "./config.ts";

const FIELDS: ReadonlySet<string> = new Set(["package", "architecture", "auto-installed"]);

/**
 * Keys of the packages that apt installed because others needed them (`Auto-Installed: 1` in extended_states). No file means
 * that everything was asked for. A record without an architecture is of the native one. System errors pass.
 */
export function readAutoMarks(config: AptConfig): ReadonlySet<string> {
  const marked = new Set<string>();
  const bytes = readIfPresent(config.paths.extendedStates);
  if (bytes === undefined) return marked;
  forEachRecord(bytes, FIELDS, (record) => {
    const name = record.get("package");
    const arch = record.get("architecture") ?? "";
    if (name !== undefined && record.get("auto-installed") === "1") {
      marked.add(packageKey(name, arch, config.architecture));
    }
  });
  return marked;
}
