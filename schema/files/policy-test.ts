import { type Diagnostic, InvalidFile } from "./diagnostics.ts";
import { type PolicyTestDocument, policyTestSchema } from "./policy-test-schema.ts";
import { positionAt, type SourceText, sourceText } from "./source-text.ts";
import { parseToml } from "./toml-source.ts";
import { yamlLocated } from "./yaml-located.ts";
import { parseYaml } from "./yaml-source.ts";
import { type Parsed, validate } from "./zod-issues.ts";

/** A table of cases, each with the line that it begins on. */
export interface PolicyTestFile {
  /** RFC 3339 or a date: the day that the cases are about; absent: today. */
  readonly today?: string;
  readonly cases: readonly (PolicyTestDocument["cases"][number] & { readonly line: number })[];
}

/** Reads a policy-test.toml, or .yaml by its name. Throws `policy-test-invalid` (InvalidFile) with every problem. */
export function parsePolicyTest({ path, text }: { readonly path: string; readonly text: string }): PolicyTestFile {
  const source = sourceText(path, text);
  const parsed = /\.ya?ml$/.test(path) ? fromYaml(source) : fromToml(source);
  const { data, problems } = validate(policyTestSchema, parsed);
  if (data === undefined) throw new InvalidFile("policy-test", problems);
  const lineOf = (index: number) => positionAt(source, parsed.located.keyOffset(["cases", index])).line;
  return {
    ...(data.today === undefined ? {} : { today: data.today }),
    cases: data.cases.map((one, index) => ({ ...one, line: lineOf(index) })),
  };
}

function fromToml(source: SourceText): Parsed {
  const read = parseToml(source);
  if ("parsed" in read) return read.parsed;
  throw new InvalidFile("policy-test", read.problems);
}

function fromYaml(source: SourceText): Parsed {
  const { documents, problems } = parseYaml(source);
  const [document, ...more] = documents;
  if (problems.length === 0 && document !== undefined && more.length === 0)
    return { source, located: yamlLocated(document), value: document.value };
  throw new InvalidFile("policy-test", problems.length > 0 ? problems : [notOne(source)]);
}

function notOne({ file }: SourceText): Diagnostic {
  return { file, line: 1, column: 1, message: "expected one document with a map of keys", sourceLine: "" };
}
