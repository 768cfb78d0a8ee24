import { statSync } from "node:fs";
import { join } from "node:path";
import { digestOf } from "../host/canonical-json.ts";
import { sha256 } from "../host/digest.ts";
import { keptAnswer } from "../host/kept-answer.ts";
import { pathsFor } from "../host/paths.ts";
import type { Context } from "./context.ts";

/** What was made of a lock, and of which includes. */
interface Cached<T> {
  readonly key: string;
  /** Hex SHA-256 of each include's text, by the name it was asked for with. */
  readonly includes: Readonly<Record<string, string>>;
  readonly value: T;
}

type Read = (name: string) => { readonly path: string; readonly text: string };

/**
 * Parsing a lock of 2,000 packages costs a third of a second, so what was made of it is kept, by content: the lock, every
 * include, the program and `about`. Only good results are kept; a lock with errors is parsed each time. A cache that cannot be
 * read or written costs time and nothing else.
 */
export async function throughCache<T>(
  ctx: Context,
  lock: { readonly path: string; readonly text: string; readonly about: unknown },
  read: Read,
  make: (read: Read) => Promise<T>,
): Promise<T> {
  const { path, text, about } = lock;
  // What is made of it for different ends is kept side by side: questions and plans come in turns.
  const store = keptAnswer(join(pathsFor("user", ctx).cache, "locks"), `${digestOf({ path, about })}.json`, 0o700);
  const key = digestOf({ path, text: sha256(text), about, program: programStamp(ctx) });
  const cached = store.read() as Cached<T> | null | undefined;
  if (cached?.key === key && sameIncludes(cached.includes, read)) return cached.value;
  const includes: Record<string, string> = {};
  const value = await make((name) => {
    const include = read(name);
    includes[name] = sha256(include.text);
    return include;
  });
  store.write({ key, includes, value } satisfies Cached<T>);
  return value;
}

/** Another build may make something else of the same file. */
function programStamp(ctx: Context): string {
  const found = statSync(join(ctx.program, "omg.cjs"), { throwIfNoEntry: false });
  return `${found?.mtimeMs ?? 0} ${found?.size ?? 0}`;
}

function sameIncludes(includes: Readonly<Record<string, string>>, read: Read): boolean {
  try {
    return Object.entries(includes).every(([name, digest]) => sha256(read(name).text) === digest);
  } catch {
    return false;
  }
}
