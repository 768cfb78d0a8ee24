import { printable } from "./bundle.ts";
import { ProvenanceRefusal } from "./finding.ts";

/** One thing that a statement is about. */
export interface Subject {
  readonly name: string;
  /** Hex, by algorithm. */
  readonly digest: Readonly<Record<string, string>>;
}

/** What the build says of itself; empty where it says nothing. It counts only as far as the certificate says the same. */
export interface Provenance {
  readonly predicate: string;
  readonly subjects: readonly Subject[];
  readonly builder: string;
  readonly repository: string;
  /** Path in the repository. */
  readonly workflow: string;
  readonly ref: string;
  readonly commit: string;
}

const STATEMENTS = ["https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"];
const V1 = "https://slsa.dev/provenance/v1";
const V02 = "https://slsa.dev/provenance/v0.2";

/**
 * Reads an in-toto statement of SLSA provenance.
 * @throws ProvenanceRefusal `statement-malformed`, `predicate-unknown`
 */
export function parseStatement(payload: Uint8Array): Provenance {
  const statement = objectIn(parseJson(payload), "the statement");
  const type = String(statement._type);
  if (!STATEMENTS.includes(type)) throw malformed(`${printable(type)} is no statement of in-toto`);
  const predicate = String(statement.predicateType);
  if (predicate !== V1 && predicate !== V02)
    throw new ProvenanceRefusal(
      "predicate-unknown",
      `It says something else than how the artifact was built: ${printable(predicate)}.`,
      { predicate: predicate.slice(0, 500) },
    );
  const body = objectIn(statement.predicate, "its predicate");
  const said = predicate === V1 ? fromV1(body) : fromV02(body);
  return { predicate, subjects: subjectsOf(statement.subject), ...said };
}

/** https://slsa.dev/spec/v1.0/provenance, and the build types of GitHub's and npm's builders. */
function fromV1(body: Fields): Omit<Provenance, "predicate" | "subjects"> {
  const definition = objectIn(body.buildDefinition, "buildDefinition");
  const workflow = optional(optional(definition.externalParameters).workflow);
  const repository = text(workflow.repository);
  return {
    builder: text(optional(optional(body.runDetails).builder).id),
    repository,
    workflow: text(workflow.path),
    ref: text(workflow.ref),
    commit: commitOf(definition.resolvedDependencies, repository),
  };
}

function commitOf(dependencies: unknown, repository: string): string {
  const source = (Array.isArray(dependencies) ? dependencies : [])
    .map(optional)
    .find(({ uri }) => text(uri) === `git+${repository}` || text(uri).startsWith(`git+${repository}@`));
  return text(optional(source?.digest).gitCommit);
}

/** https://slsa.dev/spec/v0.2/provenance */
function fromV02(body: Fields): Omit<Provenance, "predicate" | "subjects"> {
  const source = optional(optional(body.invocation).configSource);
  const [, repository = "", ref = ""] = /^git\+(https:\/\/[^@]+)(?:@(.*))?$/s.exec(text(source.uri)) ?? [];
  return {
    builder: text(optional(body.builder).id),
    repository: repository.replace(/\.git$/, ""),
    workflow: text(source.entryPoint),
    ref,
    commit: text(optional(source.digest).sha1),
  };
}

function subjectsOf(found: unknown): readonly Subject[] {
  if (!Array.isArray(found) || found.length === 0) throw malformed("it names no subject");
  return found.map((each) => {
    const subject = objectIn(each, "a subject");
    const digest = Object.entries(objectIn(subject.digest, "a digest")).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    );
    return { name: text(subject.name), digest: Object.fromEntries(digest) };
  });
}

type Fields = Readonly<Record<string, unknown>>;

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString("utf8"));
  } catch {
    throw malformed("it is not JSON");
  }
}

function objectIn(value: unknown, what: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw malformed(`${what} is missing`);
}

function optional(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function malformed(what: string): ProvenanceRefusal {
  return new ProvenanceRefusal("statement-malformed", `The statement cannot be read: ${what}.`);
}
