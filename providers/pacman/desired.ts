import { answersAlpmRequest } from "../../host/alpm-version.ts";
import { OmgError } from "../../schema/error.ts";
import type { Desired, Pin, UnmanagedRule, Wanted } from "../../schema/model/desired.ts";
import type { PackageRequest, PinEntry, PlatformLock } from "../../schema/model/lock.ts";

const NOTHING: UnmanagedRule = { mode: "ignore", foreign: "report", ignore: [] };

/**
 * What the `pacman` section of a lock wants, and its pins. Pure. A pin that no longer answers its request does not count, and is
 * named in the notes. Errors: OmgError `not-supported-yet` for a snapshot.
 */
export function desiredOf(lock: PlatformLock): Desired {
  const section = lock.packages.pacman;
  if (section?.snapshot !== undefined) throw snapshots(lock.path);
  const requests = new Map(Object.entries(section?.packages ?? {}));
  const pins = new Map(Object.entries(lock.pins.pacman ?? {}));
  const notes: string[] = [];
  const asked = [...requests].map(([name, request]) => wantedOf(name, request, pins.get(name), notes));
  const dependencies = [...pins].filter(([name, pin]) => !requests.has(name) && (pin.auto || orphan(name, notes)));
  return {
    provider: "pacman",
    wanted: [...asked, ...dependencies.map(([name, pin]) => dependencyOf(name, pin))],
    unmanaged:
      section === undefined ? NOTHING : { mode: section.mode, foreign: section.foreign, ignore: section.ignore },
    notes,
    ...(section === undefined && pins.size === 0 ? { silent: true } : {}),
  };
}

/** pacman keeps no holds: `hold` says to `omg update` what to leave alone, and nothing to the machine. */
function wantedOf(name: string, request: PackageRequest, entry: PinEntry | undefined, notes: string[]): Wanted {
  const { presence, version, from } = request;
  if (presence !== "present") return { provider: "pacman", name, presence, attributes: {} };
  const pin = entry === undefined ? undefined : pinAnswering(name, request, entry, notes);
  return {
    provider: "pacman",
    name,
    presence,
    request: version,
    attributes: {},
    marks: { auto: false },
    ...(from === undefined ? {} : { from }),
    ...(pin === undefined ? {} : { pin }),
  };
}

function dependencyOf(name: string, entry: PinEntry): Wanted {
  return { provider: "pacman", name, presence: "present", attributes: {}, marks: { auto: true }, pin: pinOf(entry) };
}

function pinAnswering(name: string, request: PackageRequest, entry: PinEntry, notes: string[]): Pin | undefined {
  const answers = answersAlpmRequest(entry.version, request.version);
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

function snapshots(path: string): OmgError {
  return new OmgError({
    code: "not-supported-yet",
    exit: "invalid",
    message: `${path} asks for pacman.snapshot, which this version of omg cannot use yet.`,
    state: "Nothing was changed.",
    hint: "Take the line out, or leave pacman out for now: --skip pacman",
  });
}
