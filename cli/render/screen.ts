import { styleText } from "node:util";
import { isSafe, safe } from "./safe.ts";
import type { Line, Tone } from "./segments.ts";

/** Where a text is shown. */
export interface Screen {
  /** Width in columns; Infinity where nothing wraps or cuts lines: a pipe, a file. */
  readonly columns: number;
  readonly color: boolean;
  /** Everything, where a screen would otherwise show the first few. */
  readonly verbose: boolean;
  readonly now: Date;
}

/** What decides the look of one output stream. */
export interface StreamFacts {
  readonly terminal: boolean;
  /** As the terminal reports it. */
  readonly columns: number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type ColorChoice = "auto" | "always" | "never";

/** no-color.org, bixense.com/clicolors; an explicit `--color` is above both. */
export function wantsColor(choice: ColorChoice, stream: StreamFacts): boolean {
  if (choice !== "auto") return choice === "always";
  if (stream.env.NO_COLOR) return false;
  const forced = stream.env.CLICOLOR_FORCE;
  if (forced && forced !== "0") return true;
  return stream.terminal && stream.env.TERM !== "dumb" && stream.env.CLICOLOR !== "0";
}

/** COLUMNS, then what the terminal says, then 80; unlimited where there is no terminal. */
export function columnsOf(stream: StreamFacts): number {
  if (!stream.terminal) return Number.POSITIVE_INFINITY;
  const asked = Number(stream.env.COLUMNS);
  const columns = Number.isInteger(asked) && asked > 0 ? asked : (stream.columns ?? 80);
  return Math.max(columns, 40);
}

type Format = Parameters<typeof styleText>[0];

const FORMATS: Readonly<Record<Tone, Format | undefined>> = {
  plain: undefined,
  strong: "bold",
  dim: "dim",
  good: "green",
  bad: "red",
  warn: "yellow",
};

/** The text of a screen. Every segment is made safe here, so that no renderer can forget to. */
export function paint(lines: readonly Line[], screen: Pick<Screen, "color">): string {
  return lines.map((line) => `${paintLine(withoutTrailingSpace(line), screen.color)}\n`).join("");
}

function withoutTrailingSpace(line: Line): Line {
  const last = line.at(-1);
  if (last === undefined) return line;
  const text = last.text.trimEnd();
  return text === "" ? withoutTrailingSpace(line.slice(0, -1)) : [...line.slice(0, -1), { ...last, text }];
}

/** One line without its line break. */
export function paintLine(line: Line, color: boolean): string {
  if (!color) {
    // Nearly all lines are, and one look takes less than one at each piece.
    const whole = line.map(({ text }) => text).join("");
    if (isSafe(whole)) return whole;
  }
  return line.map((segment) => paintSegment(safe(segment.text), segment.tone, color)).join("");
}

function paintSegment(text: string, tone: Tone, color: boolean): string {
  const format = FORMATS[tone];
  if (!color || format === undefined || text.trim() === "") return text;
  return styleText(format, text, { validateStream: false });
}
