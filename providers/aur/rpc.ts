import { withoutCredentials } from "../../host/address.ts";
import { environmentRouting } from "../../host/proxy.ts";
import { smallFile } from "../../host/small-file.ts";
import { OmgError } from "../../schema/error.ts";

/** What the AUR's interface says of a package. */
export interface Listed {
  readonly name: string;
  /** Name of its recipe. */
  readonly base: string;
  /** Nobody looks after it. */
  readonly orphaned: boolean;
  /** Somebody has flagged it as out of date. */
  readonly outOfDate: boolean;
}

/** Longest query that the AUR answers is 4443 bytes. */
const LONGEST = 4000;
export const LIMITS = { maxBytes: 8 << 20, retries: 3, backoffMs: 1000, connectMs: 15_000, stallMs: 30_000 };
export const NAME = /^[A-Za-z0-9@_+][A-Za-z0-9@._+-]{0,199}$/;

/**
 * Asks the AUR about packages (aurweb's RPC interface, version 5: `/rpc/v5/info?arg[]=NAME`), many in one question. A name that it does
 * not know is left out. Errors: OmgError `aur-unreachable`.
 */
export async function listedNames(
  address: string,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Listed>> {
  const found = new Map<string, Listed>();
  for (const query of queriesFor(names)) {
    for (const each of await ask(`${address}/rpc/v5/info?${query}`, signal)) found.set(each.name, each);
  }
  return found;
}

function queriesFor(names: readonly string[]): readonly string[] {
  const queries: string[] = [];
  for (const name of names) {
    const argument = `arg%5B%5D=${encodeURIComponent(name)}`;
    const last = queries.at(-1);
    if (last !== undefined && last.length + argument.length < LONGEST) queries.splice(-1, 1, `${last}&${argument}`);
    else queries.push(argument);
  }
  return queries;
}

async function ask(question: string, signal: AbortSignal | undefined): Promise<readonly Listed[]> {
  const options = { ...LIMITS, routing: environmentRouting(process.env), ...(signal === undefined ? {} : { signal }) };
  let answer: unknown;
  try {
    answer = JSON.parse((await smallFile(question, options)).toString("utf8"));
  } catch (cause) {
    throw unreachable(question, cause instanceof Error ? cause.message : String(cause), cause);
  }
  const { type, error, results } = (answer ?? {}) as Readonly<Record<string, unknown>>;
  if (type === "error") throw unreachable(question, `it answers: ${String(error).slice(0, 200)}`);
  if (!Array.isArray(results)) throw unreachable(question, "its answer is none of version 5");
  return results.map((result) => listedOf(result, question));
}

function listedOf(result: unknown, question: string): Listed {
  const { Name: name, PackageBase: base, Maintainer, OutOfDate } = (result ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof name !== "string" || typeof base !== "string" || !NAME.test(name) || !NAME.test(base))
    throw unreachable(question, "its answer names packages that cannot be");
  return { name, base, orphaned: Maintainer === null, outOfDate: typeof OutOfDate === "number" };
}

export function unreachable(question: string, why: string, cause?: unknown): OmgError {
  return new OmgError({
    code: "aur-unreachable",
    exit: "unreachable",
    message: `${withoutCredentials(question).replace(/\?.*$/s, "")} could not be asked: ${why}.`,
    state: "Nothing was changed.",
    hint: "Look at the network, and at `aur.address` in config.toml. What is pinned needs no question.",
    cause,
  });
}
