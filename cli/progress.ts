import type { Event, Stage } from "../schema/model/events.ts";
import { paint, paintLine } from "./render/screen.ts";
import { dim, type Line, line, shorten, warn } from "./render/segments.ts";
import { count, size } from "./render/words.ts";

/** Where progress goes, and how much of it. */
export interface ProgressOptions {
  readonly write: (text: string) => void;
  /** One line that is drawn over; else whole lines. */
  readonly live: boolean;
  /** Asked at each drawing, because windows change. */
  readonly columns: () => number;
  readonly color: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Milliseconds, from anywhere. */
  readonly clock: () => number;
}

export interface Progress {
  readonly emit: (event: Event) => void;
  /** Takes the live line away, before something else is shown, and at the end. */
  clear(): void;
  /** How far the machine was touched. */
  touched(): Touched;
  /** Whether anything was said that stays on the screen beside the answer. */
  warned(): boolean;
}

export interface Touched {
  /** Operations. */
  readonly started: number;
  readonly finished: number;
  readonly count: number;
  /** In a stage that may write at any moment, also where the one who writes is another process. */
  readonly writing: boolean;
  /** Path of the lock, once it was written by this run. */
  readonly edited?: string;
}

const LABELS: Readonly<Record<Stage, string>> = {
  refresh: "bringing the package lists up to date",
  recover: "looking for an interrupted run",
  observe: "reading this machine",
  diff: "comparing",
  plan: "asking the solver",
  build: "building",
  fetch: "fetching",
  verify: "verifying",
  apply: "applying",
  confirm: "reading this machine again",
  record: "recording",
  publish: "publishing",
};

/** Stages that are over in a moment, or say more through what they do: without a terminal only for `--verbose`. */
const SILENT: readonly Stage[] = ["recover", "observe", "diff", "plan", "verify", "apply", "record", "publish"];

const WRITING: readonly Stage[] = ["recover", "apply"];

/** At most ten drawings a second: more is flicker. */
const INTERVAL_MS = 100;

/** Renders events on stderr. Never throws. */
export function createProgress(options: ProgressOptions): Progress {
  const screen = options.live && !options.quiet ? liveLine(options) : undefined;
  const touched = { started: 0, finished: 0, count: 0 };
  let edited: { readonly edited?: string } = {};
  let writing = 0; // stages within stages: omg-root tells of its own
  const fetched = { bytes: 0, done: 0, total: 0 };
  let warned = false;
  const above = (shown: Line) => {
    warned = true;
    screen?.clear();
    options.write(paint([shown], options));
  };
  const step = (text: string, plainly: boolean) => {
    if (options.quiet) return;
    if (screen !== undefined) screen.show(text);
    else if (plainly || options.verbose) above(line(dim(`omg: ${text}`)));
  };
  const emit = (event: Event): void => {
    switch (event.type) {
      case "stage":
        if (WRITING.includes(event.stage)) writing += event.state === "started" ? 1 : -1;
        if (event.state === "started") step(LABELS[event.stage], !SILENT.includes(event.stage));
        break;
      case "fetching":
        step(fetchText(event, fetched), false);
        break;
      case "operation":
        touched.count = event.count;
        touched[event.state] += 1;
        if (event.state === "started") step(`[${event.index + 1}/${event.count}] ${event.operation.label}`, true);
        break;
      case "output":
        if (options.verbose && !options.quiet) above(line(dim(`  ${event.line}`)));
        else screen?.detail(event.line);
        break;
      case "recovered":
        above(line("omg: ", event.message));
        break;
      case "warning":
        above(line(warn("omg: "), event.message, dim(event.hint === undefined ? "" : ` ${event.hint}`)));
        break;
      case "edited":
        edited = { edited: event.path };
        break;
      case "planned":
        break;
    }
  };
  return {
    emit,
    clear: () => screen?.clear(),
    touched: () => ({ ...touched, ...edited, writing: writing > 0 }),
    warned: () => warned,
  };
}

type Fetching = Extract<Event, { type: "fetching" }>;

/** A report with a total counts a finished artifact; one without counts bytes that arrived, or came back off. */
function fetchText(event: Fetching, fetched: { bytes: number; done: number; total: number }): string {
  if (event.total > 0) Object.assign(fetched, { done: event.done, total: event.total });
  else fetched.bytes += event.bytes;
  const which = fetched.total > 0 ? `fetching ${fetched.done} of ${count(fetched.total, "artifact")}` : "fetching";
  return `${which}${fetched.bytes > 0 ? ` · ${size(fetched.bytes)}` : ""} · ${event.name}`;
}

interface LiveLine {
  show(text: string): void;
  /** What the running step says of itself, beside it. */
  detail(text: string): void;
  clear(): void;
}

/** The cursor rests at the start of the line, so that there is nothing to restore, whatever ends the process. */
function liveLine({ write, columns, color, clock }: ProgressOptions): LiveLine {
  const shown = { text: "", detail: "", drawnAt: Number.NEGATIVE_INFINITY, drawn: false };
  let later: NodeJS.Timeout | undefined;
  const draw = () => {
    later = undefined;
    shown.drawnAt = clock();
    shown.drawn = true;
    const text = shorten(shown.detail === "" ? shown.text : `${shown.text} · ${shown.detail}`, columns() - 3);
    write(`\r${paintLine(line(dim("· "), text), color)}\x1b[K\r`);
  };
  const drawSoon = () => {
    const wait = shown.drawnAt + INTERVAL_MS - clock();
    if (wait <= 0 && later === undefined) draw();
    else later ??= setTimeout(draw, Math.max(wait, 0)).unref();
  };
  return {
    show: (text) => {
      Object.assign(shown, { text, detail: "" });
      drawSoon();
    },
    detail: (detail) => {
      shown.detail = detail;
      drawSoon();
    },
    clear: () => {
      clearTimeout(later);
      later = undefined;
      if (shown.drawn) write("\r\x1b[K");
      shown.drawn = false;
    },
  };
}

/**
 * What is true of the machine when a run stops early. `silent`: the command changes things without telling of each. `cutOff`: the
 * run did not come to its own end, so that it may be writing still.
 */
export function stoppedState(progress: Pick<Progress, "touched">, silent: boolean, cutOff: boolean): string {
  const { edited } = progress.touched();
  const machine = machineState(progress.touched(), silent, cutOff);
  if (edited === undefined) return machine;
  return `${machine === UNTOUCHED ? "The machine was not changed." : machine} ${edited} stays as edited.`;
}

const UNTOUCHED = "Nothing was changed.";

function machineState({ started, finished, count: all, writing }: Touched, silent: boolean, cutOff: boolean): string {
  if (started > 0) {
    return `A change was under way (${finished} of ${count(all, "operation")} done). The next omg apply finishes it or takes it back.`;
  }
  if (cutOff && writing) return "A change may have begun. The next omg apply finishes it or takes it back.";
  return silent ? "It may have finished or not; run it again to be sure." : UNTOUCHED;
}
