import type { OmgError } from "../../schema/error.ts";
import { complaint } from "./complaint.ts";
import type { CountName, PromptShell } from "./template.ts";
import { isText } from "./text.ts";

interface Subject {
  /** What it prints where no format is given. */
  readonly format: string;
  /** What its exit code is about; absent: the state. */
  readonly number?: CountName;
}

export interface Request {
  readonly subject: Subject;
  readonly format: string | undefined;
  readonly shell: PromptShell;
  /** Seconds. */
  readonly maxAge: number;
  readonly help: boolean;
  readonly version: boolean;
}

type Draft = { -readonly [K in keyof Request]?: Request[K] };

const STATUS: Subject = { format: "{state}" };
const SUBJECTS = new Map<string, Subject>([
  ["status", STATUS],
  ["drift", { format: "{drift}", number: "drift" }],
  ["ec", { format: "{explicit}", number: "explicit" }],
  ["tc", { format: "{total}", number: "total" }],
  ["oc", { format: "{orphans}", number: "orphans" }],
  ["uc", { format: "{updates}", number: "updates" }],
]);
const SHELLS: readonly PromptShell[] = ["plain", "bash", "zsh", "fish"];
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

const MAX_FORMAT = 1024;
/** Seconds. A timer that looks once a day may be late once. */
const DEFAULT_MAX_AGE = 48 * 3600;

const SETTERS = new Map<string, (draft: Draft, value: string) => void>([
  ["--format", setFormat],
  ["--shell", setShell],
  ["--max-age", setMaxAge],
]);

/** The command line. Throws OmgError with what is wrong with it. */
export function parseRequest(args: readonly string[]): Request {
  if (!args.every(isText)) throw usage("An argument is not valid UTF-8.");
  const draft: Draft = {};
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) setArgument(draft, word, rest);
  if (draft.subject === undefined && !draft.help && !draft.version)
    throw usage("It needs a word: status, drift, ec, tc, oc or uc.");
  return {
    subject: draft.subject ?? STATUS,
    format: draft.format,
    shell: draft.shell ?? "plain",
    maxAge: draft.maxAge ?? DEFAULT_MAX_AGE,
    help: draft.help ?? false,
    version: draft.version ?? false,
  };
}

function setArgument(draft: Draft, word: string, rest: string[]): void {
  if (word === "--help" || word === "-h") draft.help = true;
  else if (word === "--version") draft.version = true;
  else if (word.startsWith("-")) setOption(draft, word, rest);
  else setSubject(draft, word);
}

/** `--name VALUE` or `--name=VALUE`. */
function setOption(draft: Draft, word: string, rest: string[]): void {
  const equals = word.indexOf("=");
  const name = equals < 0 ? word : word.slice(0, equals);
  const set = SETTERS.get(name);
  if (set === undefined) throw usage("It has no such option: --format, --shell and --max-age are all.");
  const value = equals < 0 ? rest.shift() : word.slice(equals + 1);
  if (value === undefined) throw usage(`${name} needs a value.`);
  set(draft, value);
}

function setSubject(draft: Draft, word: string): void {
  const subject = SUBJECTS.get(word);
  if (subject === undefined) throw usage("It knows no such word: status, drift, ec, tc, oc and uc are all.");
  if (draft.subject !== undefined) throw usage("It answers one question at a time.");
  draft.subject = subject;
}

function setFormat(draft: Draft, value: string): void {
  if (Buffer.byteLength(value) > MAX_FORMAT) throw usage("The format is longer than 1024 bytes.");
  draft.format = value;
}

function setShell(draft: Draft, value: string): void {
  const shell = SHELLS.find((each) => each === value);
  if (shell === undefined) throw usage("It knows no such shell: bash, zsh, fish and plain are all.");
  draft.shell = shell;
}

function setMaxAge(draft: Draft, value: string): void {
  const [, digits, unit = ""] = /^([0-9]{1,9})([smhd])$/.exec(value) ?? [];
  if (digits === undefined) throw usage("An age is a number and its unit, such as 90s, 30m, 48h or 7d.");
  draft.maxAge = Number(digits) * (UNITS[unit] ?? 1);
}

function usage(message: string): OmgError {
  return complaint("error", message, "omg-fast --help shows what it takes.");
}
