import { isDeepStrictEqual } from "node:util";
import { documentsIn, plain } from "./documents.ts";
import { edited } from "./edits.ts";
import { type Edit, mergeValues } from "./values.ts";

/** A name that two locks differ in. */
export interface LockChange {
  /** `apt.packages.curl`, or `debian-12-amd64 apt.curl` for a pin. */
  readonly name: string;
  /** Of requests and settings, or of pins. */
  readonly of: "request" | "pin";
  /** As JSON; absent where it is not there. */
  readonly before?: string;
  readonly after?: string;
}

/** What one lock says otherwise than another, name by name; undefined where one is no YAML. Pure. */
export function lockChanges(before: string, after: string): readonly LockChange[] | undefined {
  const [old, now] = [documentsIn(before), documentsIn(after)];
  if (old === undefined || now === undefined) return undefined;
  // A document that only one of them has is told name by name, too.
  const was = withAll(plain(old), now.keys());
  return mergeValues(was, was, withAll(plain(now), old.keys())).edits.flatMap(({ document, path, to }) => {
    const from = at(was.get(document), path);
    const pins = document.startsWith("pins ");
    if (pins && path[0] === "pins") return [];
    const place = pins ? `${document.slice("pins ".length)} ` : "";
    return [
      {
        name: `${place}${path.join(".")}`.trim(),
        of: pins ? ("pin" as const) : ("request" as const),
        ...(from === undefined ? {} : { before: JSON.stringify(from) }),
        ...(to === undefined ? {} : { after: JSON.stringify(to) }),
      },
    ];
  });
}

/**
 * A lock with the requests and sources of a captured one that it does not have, and every other byte as it was. `wanted`: which. Undefined where it is
 * written in a way that cannot be added to. Pure.
 */
export function withCaptured(
  lock: string,
  captured: string,
  wanted: (section: string, name: string) => boolean,
): string | undefined {
  const [ours, theirs] = [documentsIn(lock), documentsIn(captured)];
  if (ours === undefined || theirs === undefined) return undefined;
  const was = plain(ours);
  // Against itself, so that nothing counts as taken away: only what is missing is an edit then.
  const edits = mergeValues(was, was, plain(theirs)).edits.filter(({ document, path, to }) => {
    if (document.startsWith("pins ") || !was.has(document)) return false;
    if (to === undefined || at(was.get(document), path) !== undefined) return false;
    const [section = "", part = ""] = path;
    const isName = ["packages", "sources"].includes(part)
      ? path.length === 3
      : section === "runtimes" && path.length === 2;
    return isName && wanted(section, path.at(-1) ?? "");
  });
  if (edits.length === 0) return lock;
  return edited(lock, captured, edits, (text) => {
    const found = documentsIn(text);
    if (found === undefined) return false;
    const made = mergeValues(was, was, plain(found)).edits;
    return isDeepStrictEqual(sorted(made), sorted(edits));
  });
}

function withAll(documents: ReadonlyMap<string, unknown>, names: Iterable<string>): ReadonlyMap<string, unknown> {
  return new Map([...[...names].map((name) => [name, {}] as const), ...documents]);
}

function sorted(edits: readonly Edit[]): readonly string[] {
  return edits.map(({ document, path, to }) => JSON.stringify([document, path, to])).sort();
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Readonly<Record<string, unknown>> | undefined)?.[key], value);
}
