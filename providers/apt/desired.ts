import { satisfiesRequest } from "../../host/debian-version.ts";
import type { Desired, Pin, UnmanagedRule, Wanted } from "../../schema/model/desired.ts";
import type { PackageRequest, PinEntry, PlatformLock } from "../../schema/model/lock.ts";
import { packageKey, splitKey } from "./package-key.ts";
import { snapshotId } from "./sources/snapshot-time.ts";

const NOTHING: UnmanagedRule = { mode: "ignore", foreign: "report", ignore: [] };

/**
 * What the `apt` section of a lock wants, and its pins. Pure. A pin that no longer answers its request does not count, and is
 * named in the notes. Errors: OmgError `snapshot-invalid`.
 */
export function desiredOf(lock: PlatformLock): Desired {
  const section = lock.packages.apt;
  const native = lock.platform.slice(lock.platform.lastIndexOf("-") + 1);
  const requests = keyed(section?.packages ?? {}, native);
  const pins = keyed(lock.pins.apt ?? {}, native);
  const notes: string[] = [];
  const asked = [...requests].map(([name, request]) => wantedOf(name, request, pins.get(name), notes));
  const dependencies = [...pins].filter(([name, pin]) => !requests.has(name) && (pin.auto || orphan(name, notes)));
  return {
    provider: "apt",
    wanted: [...asked, ...dependencies.map(([name, pin]) => dependencyOf(name, pin))],
    unmanaged:
      section === undefined ? NOTHING : { mode: section.mode, foreign: section.foreign, ignore: section.ignore },
    notes,
    ...(section === undefined && pins.size === 0 ? { silent: true } : {}),
    ...(Object.keys(lock.indexes).length === 0 ? {} : { indexes: lock.indexes }),
    ...(section?.snapshot === undefined ? {} : { settings: { snapshot: snapshotId(section.snapshot) } }),
  };
}

/** A lock may write the machine's own architecture out: `curl:amd64` is `curl` here. */
function keyed<T>(entries: Readonly<Record<string, T>>, native: string): Map<string, T> {
  return new Map(
    Object.entries(entries).map(([key, value]) => {
      const { name, arch } = splitKey(key, native);
      return [packageKey(name, arch, native), value];
    }),
  );
}

function wantedOf(name: string, request: PackageRequest, entry: PinEntry | undefined, notes: string[]): Wanted {
  const { presence, version, from, hold } = request;
  if (presence !== "present") return { provider: "apt", name, presence, attributes: {} };
  const pin = entry === undefined ? undefined : pinAnswering(name, request, entry, notes);
  return {
    provider: "apt",
    name,
    presence,
    request: version,
    attributes: hold === undefined ? {} : { hold },
    marks: { auto: false },
    ...(from === undefined ? {} : { from }),
    ...(pin === undefined ? {} : { pin }),
  };
}

function dependencyOf(name: string, entry: PinEntry): Wanted {
  return { provider: "apt", name, presence: "present", attributes: {}, marks: { auto: true }, pin: pinOf(entry) };
}

function pinAnswering(name: string, request: PackageRequest, entry: PinEntry, notes: string[]): Pin | undefined {
  const answers = satisfiesRequest(entry.version, request.version);
  const fromThere = request.from === undefined || entry.from === undefined || entry.from === request.from;
  if (answers && fromThere) return pinOf(entry);
  const asked = answers ? `from ${request.from}` : request.version;
  notes.push(
    `the pin of ${name} (${entry.version}) does not answer the request (${asked}) any more; \`omg lock\` pins it anew`,
  );
  return undefined;
}

function pinOf({ version, sha256, from }: PinEntry): Pin {
  return { version, ...(sha256 === undefined ? {} : { sha256 }), ...(from === undefined ? {} : { from }) };
}

function orphan(name: string, notes: string[]): false {
  notes.push(`the pin of ${name} belongs to no request and is not marked \`auto\`; it has no effect`);
  return false;
}
