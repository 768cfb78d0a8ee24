import type { Pin, UnmanagedRule, Wanted } from "../model/desired.ts";
import type { PackageRequest, PackageSection, PinEntry } from "../model/lock.ts";
import type { Attributes } from "../model/resource.ts";

/** What a provider's part of a lock is read with. */
export interface WantedRules {
  readonly provider: string;
  /** Whether a version answers a request such as `1.2.*`. */
  readonly satisfies: (version: string, request: string) => boolean;
  /** What a request says of attributes besides the version. */
  readonly attributesOf: (request: PackageRequest) => Attributes;
}

/** Requests and pins of one section, by name. */
export interface Section {
  readonly requests: ReadonlyMap<string, PackageRequest>;
  readonly pins: ReadonlyMap<string, PinEntry>;
}

const NOTHING: UnmanagedRule = { mode: "ignore", foreign: "report", ignore: [] };

/**
 * What a section's requests and its pins of dependencies want. A pin that no longer answers its request does not count; that is
 * told in `notes`, as is a pin that belongs to none. Pure but for `notes`.
 */
export function wantedIn({ requests, pins }: Section, rules: WantedRules, notes: string[]): readonly Wanted[] {
  const asked = [...requests].map(([name, request]) => wantedOf(name, request, pins.get(name), rules, notes));
  const dependencies = [...pins].filter(([name, pin]) => !requests.has(name) && (pin.auto || orphan(name, notes)));
  return [...asked, ...dependencies.map(([name, pin]) => dependencyOf(name, pin, rules))];
}

/** What is to become of what no lock speaks of. Pure. */
export function unmanagedIn(section: PackageSection | undefined): UnmanagedRule {
  return section === undefined ? NOTHING : { mode: section.mode, foreign: section.foreign, ignore: section.ignore };
}

function wantedOf(
  name: string,
  request: PackageRequest,
  entry: PinEntry | undefined,
  { provider, satisfies, attributesOf }: WantedRules,
  notes: string[],
): Wanted {
  const { presence, version, from } = request;
  if (presence !== "present") return { provider, name, presence, attributes: {} };
  const pin = entry === undefined ? undefined : pinAnswering(name, request, entry, satisfies, notes);
  return {
    provider,
    name,
    presence,
    request: version,
    attributes: attributesOf(request),
    marks: { auto: false },
    ...(from === undefined ? {} : { from }),
    ...(pin === undefined ? {} : { pin }),
  };
}

function dependencyOf(name: string, entry: PinEntry, { provider }: WantedRules): Wanted {
  return { provider, name, presence: "present", attributes: {}, marks: { auto: true }, pin: pinOf(entry) };
}

function pinAnswering(
  name: string,
  request: PackageRequest,
  entry: PinEntry,
  satisfies: WantedRules["satisfies"],
  notes: string[],
): Pin | undefined {
  const answers = satisfies(entry.version, request.version);
  const fromThere = request.from === undefined || entry.from === undefined || entry.from === request.from;
  if (answers && fromThere) return pinOf(entry);
  const asked = answers ? `from ${request.from}` : request.version;
  notes.push(
    `the pin of ${name} (${entry.version}) does not answer the request (${asked}) any more; \`omg lock\` pins it anew`,
  );
  return undefined;
}

function pinOf({ auto: _, url: __, ...pin }: PinEntry): Pin {
  return pin;
}

function orphan(name: string, notes: string[]): false {
  notes.push(`the pin of ${name} belongs to no request and is not marked \`auto\`; it has no effect`);
  return false;
}
