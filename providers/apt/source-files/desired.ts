import type { Desired, Wanted } from "../../../schema/model/desired.ts";
import type { PlatformLock, SourceRequest } from "../../../schema/model/lock.ts";
import { attributesOf } from "../sources/stanza-text.ts";
import { SOURCES } from "../sources/upcoming.ts";

/** The sources that a lock asks for, `apt.sources`. A lock without that key says nothing about them. Pure. */
export function desiredOf(lock: PlatformLock): Desired {
  const section = lock.packages.apt;
  const sources = section?.sources;
  return {
    provider: SOURCES,
    wanted: Object.entries(sources ?? {}).map(([name, source]) => wantedOf(name, source)),
    unmanaged: {
      mode: sources === undefined || section?.mode === "ignore" ? "ignore" : "report",
      foreign: "report",
      ignore: section?.ignore ?? [],
    },
    notes: [],
    ...(sources === undefined ? { silent: true } : {}),
  };
}

function wantedOf(name: string, source: SourceRequest): Wanted {
  return { provider: SOURCES, name, presence: "present", attributes: attributesOf(source, source.key) };
}
