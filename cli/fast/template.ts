import type { Status } from "../../schema/wire/status.ts";
import { complaint } from "./complaint.ts";

/** Whose prompt a text is for: that shell is told which bytes take no room. */
export type PromptShell = "plain" | "bash" | "zsh" | "fish";

const COUNTS = ["total", "explicit", "orphans", "updates", "drift", "vulnerabilities"] as const;
export type CountName = (typeof COUNTS)[number];

/** What templates are filled from. A number that is undefined is not known. */
export type Facts = Pick<Status, "state" | CountName> & { readonly generation?: number; readonly age?: number };

export interface Look {
  readonly shell: PromptShell;
  readonly color: boolean;
}

type NumberName = CountName | "generation" | "age";
const NUMBERS: readonly string[] = [...COUNTS, "generation", "age"];

/** Names in conditions. */
const STATES = new Map<string, Status["state"]>([
  ["unknown", "unknown"],
  ["in-sync", "in sync"],
  ["drifted", "drifted"],
  ["applying", "applying"],
  ["failed", "failed"],
  ["held", "held"],
]);

/** ECMA-48, 8.3.117 (SGR). */
const STYLES = new Map([
  ["reset", 0],
  ["bold", 1],
  ["dim", 2],
  ["black", 30],
  ["red", 31],
  ["green", 32],
  ["yellow", 33],
  ["blue", 34],
  ["magenta", 35],
  ["cyan", 36],
  ["white", 37],
  ["grey", 90],
]);

/** What is put around bytes that take no room: readline's RL_PROMPT_START_IGNORE, zshmisc(1) `%{`. */
const AROUND: Readonly<Record<PromptShell, readonly [string, string]>> = {
  plain: ["", ""],
  bash: ["\u0001", "\u0002"],
  zsh: ["%{", "%}"],
  fish: ["", ""],
};

/** A brace that opens, a name, and what follows it. */
const BRACES = /\{(!?)([a-z-]*)([}?]?)/y;
/** Characters that steer a terminal, and those that a shell would expand in a prompt. */
const NO_LITERAL = /[\p{Cc}$`\\%!]/u;

/** Fills a template (docs/prompts.md). Throws OmgError where it is not one. native/template.c does the same. */
export function fillTemplate(format: string, facts: Facts, look: Look): string {
  const reader = new Reader(format, facts, look);
  return reader.read();
}

class Reader {
  readonly #format: string;
  readonly #facts: Facts;
  readonly #look: Look;
  #at = 0;
  #out = "";
  /** Whether a style would go on behind the end. */
  #styled = false;
  #depth = 0;
  /** The depth of the outermost segment that is not shown; 0: everything is. */
  #hidden = 0;

  constructor(format: string, facts: Facts, look: Look) {
    this.#format = format;
    this.#facts = facts;
    this.#look = look;
  }

  read(): string {
    while (this.#at < this.#format.length) this.#next();
    if (this.#depth > 0) throw this.#wrong("a brace is still open");
    if (this.#styled) this.#style(0);
    return this.#out;
  }

  /** A doubled brace is a brace; inside a segment a closing one always closes. */
  #next(): void {
    const two = this.#format.slice(this.#at, this.#at + 2);
    if (two === "{{" || (two === "}}" && this.#depth === 0)) this.#literal(1);
    else if (two.startsWith("{")) this.#braces();
    else if (two.startsWith("}")) this.#close();
    else this.#literal(0);
  }

  #literal(skipped: number): void {
    const character = String.fromCodePoint(this.#format.codePointAt(this.#at + skipped) ?? 0);
    if (NO_LITERAL.test(character))
      throw this.#wrong("control characters and $ ` \\ % ! would not stay as they are in a prompt");
    this.#put(character);
    this.#at += skipped + character.length;
  }

  #braces(): void {
    BRACES.lastIndex = this.#at;
    const [whole = "", not, name = "", end] = BRACES.exec(this.#format) ?? [];
    if (end === "") throw this.#wrong("after a brace comes a name, and then } or ?");
    if (end === "}" && (not === "!" || !this.#field(name))) throw this.#wrong("there is no such field or colour");
    if (end === "?" && !this.#open(name, not === "!")) throw this.#wrong("there is no such condition");
    this.#at += whole.length;
  }

  /** `{name}`. False where there is no such name. */
  #field(name: string): boolean {
    const style = STYLES.get(name);
    if (name === "state") this.#put(this.#facts.state);
    else if (NUMBERS.includes(name)) this.#put(numberText(name as NumberName, this.#facts));
    else if (style !== undefined) this.#style(style);
    else return false;
    return true;
  }

  /** `{name?` or `{!name?`: a number holds if it is known and not zero, a state if it is the machine's. */
  #open(name: string, negated: boolean): boolean {
    const state = STATES.get(name);
    if (state === undefined && !NUMBERS.includes(name)) return false;
    const holds = state === undefined ? (this.#facts[name as NumberName] ?? 0) > 0 : this.#facts.state === state;
    this.#depth += 1;
    if (this.#hidden === 0 && holds === negated) this.#hidden = this.#depth;
    return true;
  }

  #close(): void {
    if (this.#depth === 0) throw this.#wrong("nothing is open that this brace could close");
    if (this.#hidden === this.#depth) this.#hidden = 0;
    this.#depth -= 1;
    this.#at += 1;
  }

  #style(code: number): void {
    if (!this.#look.color || this.#hidden > 0) return;
    const [before, after] = AROUND[this.#look.shell];
    this.#styled = code !== 0;
    this.#put(`${before}\u001b[${code}m${after}`);
  }

  #put(text: string): void {
    if (this.#hidden === 0) this.#out += text;
  }

  #wrong(fault: string) {
    const byte = Buffer.byteLength(this.#format.slice(0, this.#at)) + 1;
    const message = `The format is wrong at byte ${byte}: ${fault}.`;
    return complaint("error", message, "omg-fast --help names what a format can hold.");
  }
}

function numberText(name: NumberName, facts: Facts): string {
  const value = facts[name];
  if (value === undefined) return "?";
  return name === "age" ? ageText(value) : String(value);
}

/** Seconds as people say them, in the largest unit that fits. */
function ageText(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
