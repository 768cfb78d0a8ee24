import { join } from "node:path";
import { withoutCredentials } from "../../host/address.ts";
import { canonical } from "../../host/canonical-json.ts";
import { sha256 } from "../../host/digest.ts";
import { keptAnswer } from "../../host/kept-answer.ts";
import { OmgError } from "../../schema/error.ts";
import type { AdvisorySubject } from "../../schema/model/identity.ts";
import { advisoryOf } from "../advisories/collect.ts";
import { type Asking, fetchJson } from "../advisories/fetch.ts";
import { vulnerabilitiesOf } from "../advisories/find.ts";
import type { Advisory } from "../advisories/layout.ts";
import type { AdvisorySources, OnlineAnswer } from "../advisories/sources.ts";
import { ARCH } from "../arch-tracker/record.ts";
import { type FoundId, queryAll } from "./query.ts";
import { readOsvRecord } from "./record.ts";

/** How long an answer is as good as a new one. Milliseconds. */
const GOOD_FOR = 3_600_000;
const MAX_RECORD_BYTES = 64 * 1024 * 1024;
const AT_ONCE = 8;

export interface OnlineOptions {
  /** `https://api.osv.dev` */
  readonly api: string;
  /** A folder of this user's for answers. */
  readonly cache: string;
  readonly now: Date;
  readonly asking: Asking;
}

interface Kept {
  readonly time: number;
  readonly advisories: readonly Advisory[];
}

/**
 * Asks OSV's server which vulnerabilities these versions have (google.github.io/osv.dev/api): the answer for each, or why there
 * is none. What was asked within the hour is not asked again. Never rejects.
 */
export function onlineLookup(options: OnlineOptions): NonNullable<AdvisorySources["online"]> {
  return async (subjects) => {
    const known = new Map<string, Kept | string>();
    const asked = subjects.filter(({ ecosystem }) => ecosystem !== ARCH);
    for (const subject of asked) {
      const kept = keptFor(options, subject).read() as Kept | null | undefined;
      if (kept && isFresh(kept, options.now)) known.set(keyOf(subject), kept);
    }
    const fresh = [...new Map(asked.map((each) => [keyOf(each), each])).values()].filter(
      (each) => !known.has(keyOf(each)),
    );
    for (const [key, answer] of await look(fresh, options)) known.set(key, answer);
    return (subject) => answerFrom(known.get(keyOf(subject)), subject, options);
  };
}

function isFresh({ time, advisories }: Partial<Kept>, now: Date): boolean {
  const age = now.getTime() - (time ?? 0);
  return Array.isArray(advisories) && age >= 0 && age < GOOD_FOR;
}

function keyOf(subject: AdvisorySubject): string {
  return canonical([subject.ecosystem, subject.name, subject.version]);
}

function keptFor({ cache }: OnlineOptions, subject: AdvisorySubject): ReturnType<typeof keptAnswer> {
  return keptAnswer(join(cache, "osv"), `${sha256(keyOf(subject)).slice(0, 32)}.json`, 0o700);
}

function answerFrom(known: Kept | string | undefined, subject: AdvisorySubject, { api }: OnlineOptions): OnlineAnswer {
  if (known === undefined)
    return { code: "lookup-failed", detail: `${subject.ecosystem} is nothing that ${api} knows.` };
  if (typeof known === "string") return { code: "lookup-failed", detail: known };
  const vulnerabilities = vulnerabilitiesOf(subject, ({ ecosystem }) =>
    ecosystem === subject.ecosystem ? known.advisories : [],
  );
  return { vulnerabilities, date: new Date(known.time).toISOString(), from: withoutCredentials(api) };
}

/** By subject: what is known now, or in words why nothing is. */
async function look(
  subjects: readonly AdvisorySubject[],
  options: OnlineOptions,
): Promise<ReadonlyMap<string, Kept | string>> {
  if (subjects.length === 0) return new Map();
  try {
    const found = await queryAll(subjects, options.api, options.asking);
    const records = await recordsFor(found.flat(), options);
    const answers = subjects.map((subject, index): readonly [string, Kept] => {
      const advisories = (found[index] ?? []).flatMap(({ id }) => listed(subject, records.get(id)));
      const kept = { time: options.now.getTime(), advisories };
      keptFor(options, subject).write(kept);
      return [keyOf(subject), kept];
    });
    return new Map(answers);
  } catch (cause) {
    options.asking.signal.throwIfAborted();
    const reason = cause instanceof OmgError ? cause.message : `${options.api} did not answer: ${String(cause)}`;
    return new Map(subjects.map((subject) => [keyOf(subject), reason]));
  }
}

/** The server has said that this version is affected, so it counts as listed. */
function listed(subject: AdvisorySubject, record: ReturnType<typeof readOsvRecord>): readonly Advisory[] {
  if (record === undefined || record.withdrawn) return [];
  const about = record.affected.filter(
    ({ ecosystem, name }) => ecosystem === subject.ecosystem && name === subject.name,
  );
  const [first] = about.length > 0 ? about : record.affected;
  if (first === undefined) return [];
  const named = about.length > 0 ? about : [{ ...first, ranges: [], versions: [] }];
  return named.map((affected) => {
    const advisory = advisoryOf(record, affected, (text) => text);
    return { ...advisory, versions: [...advisory.versions, subject.version] };
  });
}

async function recordsFor(
  found: readonly FoundId[],
  options: OnlineOptions,
): Promise<ReadonlyMap<string, ReturnType<typeof readOsvRecord>>> {
  const ids = [...new Set(found.map(({ id }) => id))];
  const records = new Map<string, ReturnType<typeof readOsvRecord>>();
  const work = async (): Promise<void> => {
    try {
      for (let id = ids.pop(); id !== undefined; id = ids.pop()) records.set(id, await recordFrom(id, options));
    } finally {
      ids.length = 0; // one that fails is the end of it for all
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return records;
}

async function recordFrom(id: string, { api, asking }: OnlineOptions): Promise<ReturnType<typeof readOsvRecord>> {
  const address = `${api}/v1/vulns/${encodeURIComponent(id)}`;
  const record = readOsvRecord(await fetchJson(address, asking, MAX_RECORD_BYTES));
  if (record === undefined)
    throw new OmgError({
      code: "advisories-unreachable",
      exit: "unreachable",
      message: `${withoutCredentials(address)} answered with something that is no record of a vulnerability.`,
    });
  return record;
}
