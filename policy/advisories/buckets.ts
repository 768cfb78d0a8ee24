import type { Ordering } from "../osv/ordering.ts";
import type { Advisory } from "./layout.ts";

// Of a package's advisories nearly all were fixed long ago. Those that end with one fixed version lie together by that version,
// so that whoever has it, or a newer one, does not even parse them.

/** A fixed version, or null for what has to be looked at whatever the version is; and the bytes of its advisories. */
type Bucket = readonly [fixed: string | null, bytes: number];

/** All advisories of one package: a line that lists the buckets, then the advisories of each as JSON. */
export function encodeAdvisories(advisories: readonly Advisory[], ordering: Ordering | undefined): Buffer {
  const buckets = new Map<string | null, Advisory[]>();
  for (const advisory of advisories) {
    const fixed = onlyFix(advisory, ordering);
    const bucket = buckets.get(fixed);
    if (bucket === undefined) buckets.set(fixed, [advisory]);
    else bucket.push(advisory);
  }
  const texts = [...buckets.values()].map((each) => Buffer.from(JSON.stringify(each)));
  const listed = [...buckets.keys()].map((fixed, index): Bucket => [fixed, texts[index]?.length ?? 0]);
  return Buffer.concat([Buffer.from(`${JSON.stringify(listed)}\n`), ...texts]);
}

/** The advisories that may be about this version: all but those of which it has the fix. */
export function decodeAdvisories(bytes: Buffer, version: string, ordering: Ordering | undefined): readonly Advisory[] {
  const end = bytes.indexOf("\n");
  const buckets = JSON.parse(bytes.toString("utf8", 0, end)) as readonly Bucket[];
  const isReadable = ordering?.isVersion(version) === true;
  const found: Advisory[] = [];
  let at = end + 1;
  for (const [fixed, length] of buckets) {
    const isFixed = isReadable && fixed !== null && ordering.compare(version, fixed) >= 0;
    if (!isFixed) found.push(...(JSON.parse(bytes.toString("utf8", at, at + length)) as readonly Advisory[]));
    at += length;
  }
  return found;
}

/** The version that ends it, where everything before that is affected and nothing else is said. */
function onlyFix(
  { ranges: [range, ...more], versions, unclear }: Advisory,
  ordering: Ordering | undefined,
): string | null {
  if (range === undefined || more.length > 0 || versions.length > 0 || unclear === true || range.semver) return null;
  const [first, second, ...others] = range.events;
  const fromStart = first?.[0] === "introduced" && first[1] === "0" && second?.[0] === "fixed" && others.length === 0;
  return fromStart && ordering?.isVersion(second[1]) === true ? second[1] : null;
}
