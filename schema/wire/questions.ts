import { PROTOCOL } from "./frames.ts";
import { MalformedMessage, type Packed } from "./msgpack.ts";

/** What can be asked about the system, over query.sock. */
export type SystemQuestion =
  | { readonly ask: "search"; readonly terms: readonly string[]; readonly limit: number }
  | { readonly ask: "info"; readonly names: readonly string[] }
  | { readonly ask: "explicit" | "orphans" | "outdated" | "status" | "ping" | "metrics" | "cache-stats" };

/** Several questions at once, and a command line as omg-fast passes it on. */
export type Question =
  | SystemQuestion
  | { readonly ask: "batch"; readonly questions: readonly SystemQuestion[] }
  | ({ readonly ask: "command" } & PassedOn);

/** What only the owner can ask, over control.sock. */
export type OwnersQuestion =
  | { readonly ask: "plan" | "check" | "security" | "history" | "events" | "cache-clear" | "resume" | "reconcile" }
  | { readonly ask: "suspend"; readonly reason: string };

/** A command line, and all that the answer's text hangs on. */
export interface PassedOn {
  /** Digest of the program that passes it on: one of another build may mean something else. */
  readonly build: string;
  readonly uid: number;
  /** Digest of the variables that say where omg's things lie (schema/wire/surroundings.ts). */
  readonly surroundings: string;
  /** Without the program's name. */
  readonly args: readonly string[];
  /** Of standard output where it is a terminal, which says how wide it is. */
  readonly terminal: boolean;
  readonly columns: number | undefined;
  /** Variables that colour and width hang on, those that are set. */
  readonly look: Readonly<Record<string, string>>;
}

export interface Asked<Q> {
  /** The client's own, for the answer to name. */
  readonly id: number;
  readonly question: Q;
}

/** Where an answer is from. */
export interface Standing {
  /** `memory`: as it was said before; `index`: from what was worked out beforehand and lies on the disk; `files`: read from the system's own files, or asked, now. */
  readonly tier: "memory" | "index" | "files";
  /** Seconds since what it was read from was read. */
  readonly age: number;
}

/** What a question is answered with; each goes with `v` and `id`. */
export type Reply =
  /** `current`: nothing has changed since, that it hangs on. */
  | ({ readonly answer: Packed; readonly current: boolean } & Standing)
  | { readonly error: { readonly code: string; readonly message: string } }
  /** A piece of what a command prints, then its exit code; or why the command has to run itself. */
  | { readonly out: Uint8Array }
  | ({ readonly exit: number } & Standing)
  | { readonly decline: string }
  | { readonly event: Packed };

const MOST_QUESTIONS = 100;
const MOST_WORDS = 1000;
const MOST_HITS = 100_000;
const PLAIN = ["explicit", "orphans", "outdated", "status", "ping", "metrics", "cache-stats"] as const;
const OWNERS = ["plan", "check", "security", "history", "events", "cache-clear", "resume", "reconcile"] as const;

type Fields = { readonly [name: string]: Packed | undefined };

/** @throws MalformedMessage for what is no question of this version */
export function questionIn(message: Packed): Asked<Question> {
  const fields = fieldsOf(message);
  const { id } = fields;
  if (fields.v !== PROTOCOL) throw new MalformedMessage(`this is version ${PROTOCOL} of the protocol`);
  if (!isCount(id)) throw new MalformedMessage("id is no number");
  if (fields.ask === "batch") {
    const questions = listOf(fields.questions, MOST_QUESTIONS, "questions").map((each) =>
      systemQuestion(fieldsOf(each)),
    );
    return { id, question: { ask: "batch", questions } };
  }
  return { id, question: fields.ask === "command" ? { ask: "command", ...passedOn(fields) } : systemQuestion(fields) };
}

/** The same for control.sock, where everything of query.sock can be asked, too. */
export function ownersQuestionIn(message: Packed): Asked<Question | OwnersQuestion> {
  const fields = fieldsOf(message);
  const ask = OWNERS.find((each) => each === fields.ask);
  if (ask === undefined && fields.ask !== "suspend") return questionIn(message);
  const { id } = questionIn({ v: fields.v ?? null, id: fields.id ?? null, ask: "ping" });
  if (ask !== undefined) return { id, question: { ask } };
  return { id, question: { ask: "suspend", reason: textOf(fields.reason, "reason") } };
}

function systemQuestion(fields: Fields): SystemQuestion {
  const plain = PLAIN.find((each) => each === fields.ask);
  if (plain !== undefined) return { ask: plain };
  if (fields.ask === "info") return { ask: "info", names: wordsOf(fields.names, "names") };
  if (fields.ask !== "search") throw new MalformedMessage("there is no such question");
  const { limit = 25 } = fields;
  if (!isCount(limit) || limit > MOST_HITS) throw new MalformedMessage("limit is no number that it could be");
  return { ask: "search", terms: wordsOf(fields.terms, "terms"), limit };
}

function passedOn(fields: Fields): PassedOn {
  const { uid, terminal, columns } = fields;
  if (!isCount(uid)) throw new MalformedMessage("uid is no number");
  if (typeof terminal !== "boolean") throw new MalformedMessage("terminal is neither true nor false");
  if (columns !== null && columns !== undefined && !isCount(columns))
    throw new MalformedMessage("columns is no number");
  const look = Object.entries(fieldsOf(fields.look ?? {}));
  return {
    build: textOf(fields.build, "build"),
    uid,
    surroundings: textOf(fields.surroundings, "surroundings"),
    args: listOf(fields.args, MOST_WORDS, "args").map((each) => textOf(each, "args")),
    terminal,
    columns: columns ?? undefined,
    look: Object.fromEntries(look.map(([name, value]) => [name, textOf(value, name)])),
  };
}

function fieldsOf(message: Packed): Fields {
  if (typeof message === "object" && message !== null && !Array.isArray(message) && !(message instanceof Uint8Array))
    return message as Fields;
  throw new MalformedMessage("a question is a map");
}

function listOf(value: Packed | undefined, most: number, name: string): readonly Packed[] {
  if (Array.isArray(value) && value.length > 0 && value.length <= most) return value;
  throw new MalformedMessage(`${name} is no list of 1 to ${most}`);
}

function wordsOf(value: Packed | undefined, name: string): readonly string[] {
  const words = listOf(value, MOST_WORDS, name).map((each) => textOf(each, name));
  if (words.every((word) => word.trim() === "")) throw new MalformedMessage(`${name} has nothing in it`);
  return words;
}

function textOf(value: Packed | undefined, name: string): string {
  if (typeof value === "string") return value;
  throw new MalformedMessage(`${name} is no text`);
}

function isCount(value: Packed | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
