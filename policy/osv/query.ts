import { withoutCredentials } from "../../host/address.ts";
import { OmgError } from "../../schema/error.ts";
import type { AdvisorySubject } from "../../schema/model/identity.ts";
import { type Asking, fetchJson } from "../advisories/fetch.ts";

/** A record that a package version is affected by, as the server names it. */
export interface FoundId {
  readonly id: string;
}

/** Most that one request may ask (google.github.io/osv.dev/post-v1-querybatch). */
const BATCH = 1000;
/** A server that never stops giving pages gives none that are worth having. */
const MOST_PAGES = 200;
const MAX_BYTES = 64 * 1024 * 1024;

interface Query {
  /** Place in the answer. */
  readonly index: number;
  readonly subject: AdvisorySubject;
  readonly page?: string;
}

/**
 * What `/v1/querybatch` says of each of these versions, in their order: all pages, also behind an empty one.
 * @throws OmgError `advisories-unreachable`
 */
export async function queryAll(
  subjects: readonly AdvisorySubject[],
  api: string,
  asking: Asking,
): Promise<readonly (readonly FoundId[])[]> {
  const found = subjects.map((): FoundId[] => []);
  let left: readonly Query[] = subjects.map((subject, index) => ({ index, subject }));
  for (let page = 0; left.length > 0; page += 1) {
    if (page === MOST_PAGES) throw rubbish(api, `it did not stop giving pages after ${MOST_PAGES}`);
    const next: Query[] = [];
    for (let at = 0; at < left.length; at += BATCH) {
      const batch = left.slice(at, at + BATCH);
      for (const [index, answer] of (await ask(batch, api, asking)).entries()) {
        const query = batch[index];
        if (query === undefined) continue;
        found[query.index]?.push(...answer.ids);
        if (answer.next !== undefined) next.push({ ...query, page: answer.next });
      }
    }
    left = next;
  }
  return found;
}

interface Answered {
  readonly ids: readonly FoundId[];
  readonly next?: string;
}

async function ask(batch: readonly Query[], api: string, asking: Asking): Promise<readonly Answered[]> {
  const queries = batch.map(({ subject: { ecosystem, name, version }, page }) => ({
    package: { name, ecosystem },
    version,
    ...(page === undefined ? {} : { page_token: page }),
  }));
  const answer = await fetchJson(`${api}/v1/querybatch`, asking, MAX_BYTES, JSON.stringify({ queries }));
  const results = isObject(answer) ? answer.results : undefined;
  if (!Array.isArray(results) || results.length !== batch.length)
    throw rubbish(api, `it did not answer each of ${batch.length} questions`);
  return results.map((result) => readAnswer(result, api));
}

function readAnswer(result: unknown, api: string): Answered {
  if (!isObject(result)) throw rubbish(api, "an answer is none");
  const { vulns = [], next_page_token: next } = result;
  if (!Array.isArray(vulns)) throw rubbish(api, "an answer is none");
  const ids = vulns.map((vuln): FoundId => {
    if (isObject(vuln) && typeof vuln.id === "string" && /^[!-~]{1,200}$/.test(vuln.id)) return { id: vuln.id };
    throw rubbish(api, "it names a record without a name");
  });
  return { ids, ...(typeof next === "string" && next !== "" ? { next } : {}) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function rubbish(api: string, reason: string): OmgError {
  return new OmgError({
    code: "advisories-unreachable",
    exit: "unreachable",
    message: `${withoutCredentials(api)}/v1/querybatch answered, and not as OSV does: ${reason}.`,
  });
}
