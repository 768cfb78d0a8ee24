import { EXIT, type ExitName, OmgError } from "../schema/error.ts";
import { exitOf, type StopSignal } from "./interruption.ts";

/** Why there is no answer, in the parts that people and programs get. */
export interface Failure {
  readonly code: string;
  /** Exit code of the process. */
  readonly exit: number;
  readonly message: string;
  readonly details: readonly string[];
  readonly state: string | undefined;
  readonly hint: string | undefined;
  /** Only for OMG_DEBUG. */
  readonly stack: string | undefined;
}

/** Errors that tell of an interruption themselves, better than we could. */
const TELLING: readonly ExitName[] = ["interrupted", "terminated", "partly"];

/** Any thrown value as a failure. `stopped`: the signal that came, and what is true of the machine since. */
export function failureOf(thrown: unknown, stopped?: { readonly name: StopSignal; readonly state: string }): Failure {
  if (stopped !== undefined) return interrupted(thrown, stopped);
  if (thrown instanceof OmgError) return told(thrown, EXIT[thrown.exit]);
  return {
    code: "bug",
    exit: EXIT.error,
    message: `Something went wrong inside omg: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    details: [],
    state: undefined,
    hint: "This is a bug in omg. Run it again with OMG_DEBUG=1 and report what it shows; `omg check` says how this machine is.",
    stack: stackOf(thrown),
  };
}

function interrupted(thrown: unknown, { name, state }: { readonly name: StopSignal; readonly state: string }): Failure {
  const exit = exitOf(name);
  if (thrown instanceof OmgError && TELLING.includes(thrown.exit)) return told(thrown, exit);
  const message = name === "SIGINT" ? "Interrupted." : "Terminated.";
  const code = name === "SIGINT" ? "interrupted" : "terminated";
  return { code, exit, message, details: [], state, hint: undefined, stack: stackOf(thrown) };
}

function told(error: OmgError, exit: number): Failure {
  const { code, message, details, state, hint } = error;
  return { code, exit, message, details, state, hint, stack: stackOf(error) };
}

function stackOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const cause = thrown.cause === undefined ? undefined : stackOf(thrown.cause);
  return `${thrown.stack ?? thrown.message}${cause === undefined ? "" : `\ncaused by: ${cause}`}`;
}

/** What `--json` prints in place of a result. */
export function failureJson({ code, exit, message, details, state, hint }: Failure): object {
  return {
    format_version: "1.0",
    error: {
      code,
      exit_code: exit,
      message,
      details,
      ...(state === undefined ? {} : { state }),
      ...(hint === undefined ? {} : { hint }),
    },
  };
}
