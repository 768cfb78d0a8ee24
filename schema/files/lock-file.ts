import { type Diagnostic, diagnostic } from "./diagnostics.ts";
import { dictionary } from "./dictionary.ts";
import type { Path } from "./located.ts";
import type { LockDocument } from "./lock-document.ts";
import { type PinsDocument, pinsDocument, type UserDocument, userDocument } from "./lock-schema.ts";
import { type PlainPin, takePlainPins } from "./plain-pins.ts";
import { type SourceText, sourceText } from "./source-text.ts";
import { unquotedDates } from "./unquoted-dates.ts";
import { yamlLocated } from "./yaml-located.ts";
import { parseYaml, type YamlDocument } from "./yaml-source.ts";
import { validate } from "./zod-issues.ts";

/** One file of a lock, or one that it includes. */
export interface LockFile {
  readonly source: SourceText;
  /** In the order of the file. */
  readonly users: readonly LockDocument<UserDocument>[];
  readonly pins: readonly LockDocument<PinsDocument>[];
  readonly problems: readonly Diagnostic[];
  /** It was read, and there is no document in it at all. */
  readonly empty: boolean;
}

/** Reads and checks the documents of one file, each on its own. Never throws for a bad text. */
export function parseLockFile(file: string, text: string): LockFile {
  const source = sourceText(file, text);
  const plain = takePlainPins(text);
  const { documents, problems } = parseYaml({ ...source, text: plain.rest });
  const users: LockDocument<UserDocument>[] = [];
  const pins: LockDocument<PinsDocument>[] = [];
  const found = [...problems];
  for (const document of documents) {
    const parsed = { source, located: yamlLocated(document), value: document.value };
    if (isPins(document)) found.push(...add(pins, pinsDocument, parsed));
    else found.push(...add(users, userDocument, parsed));
  }
  found.push(...misplacedNames(users), ...users.flatMap(unquotedDates));
  const starts = documents.map(({ offset }) => offset);
  const withPlain = (one: LockDocument<PinsDocument>) => withPlainPins(one, plain.pins, starts);
  return {
    source,
    users,
    pins: pins.map(withPlain),
    problems: found,
    empty: documents.length === 0 && problems.length === 0,
  };
}

/** Puts the pins that were taken out of the text into the document that they stand in. */
function withPlainPins(
  document: LockDocument<PinsDocument>,
  plain: readonly PlainPin[],
  starts: readonly number[],
): LockDocument<PinsDocument> {
  const { located, data } = document;
  const start = located.keyOffset([]);
  const end = Math.min(...starts.filter((other) => other > start), Number.POSITIVE_INFINITY);
  const own = plain.filter(({ offset }) => offset > start && offset < end);
  if (own.length === 0) return document;
  const offsets = new Map(own.map(({ name, offset }) => [name, offset]));
  const apt = dictionary(Object.entries(data.apt ?? {}));
  for (const { name, pin } of own) apt[name] = pin;
  const offsetOf = (path: Path) => (path[0] === "apt" ? offsets.get(String(path[1])) : undefined);
  return {
    ...document,
    data: { ...data, apt },
    located: {
      ...located,
      keyOffset: (path) => offsetOf(path) ?? located.keyOffset(path),
      valueOffset: (path) => offsetOf(path) ?? located.valueOffset(path),
    },
  };
}

/** Whether omg wrote the document. */
function isPins({ value }: YamlDocument): boolean {
  return "pins" in value;
}

function add<T>(
  to: LockDocument<T>[],
  schema: Parameters<typeof validate<T>>[0],
  parsed: Parameters<typeof validate<T>>[1],
): readonly Diagnostic[] {
  const { data, problems } = validate(schema, parsed);
  if (data !== undefined) to.push({ source: parsed.source, located: parsed.located, data });
  return problems;
}

function misplacedNames(users: readonly LockDocument<UserDocument>[]): Diagnostic[] {
  return users
    .slice(1)
    .filter(({ data }) => data.name !== undefined)
    .map(({ source, located }) =>
      diagnostic(
        source,
        located.keyOffset(["name"]),
        "only the first document gives the lock its name",
        "remove the line",
      ),
    );
}
