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

/** A signal that came, and what is true of the machine since. */
export interface Stopped {
  readonly name: StopSignal;
  readonly state: string;
}

/** Errors that tell what was interrupted, better than we could; what is true of the machine they cannot know. */
const TELLING: readonly ExitName[] = ["interrupted", "terminated"];

/** omg-root ended without an answer: what it has done no event told. */
const UNANSWERED = "root-helper-failed";

/** What the machine's owner has to mend, not we: errno(3). */
const MACHINE: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "it is not permitted",
  ENOENT: "it, or a folder on the way to it, is not there",
  EROFS: "the file system can only be read",
  ENOSPC: "no space is left",
  EDQUOT: "the disk quota is used up",
  EFBIG: "no file may become that large here (ulimit -f)",
  EIO: "the disk or file system fails",
  ELOOP: "it is a symbolic link, which is not followed here",
  ENOTDIR: "a part of the path is no folder",
  EISDIR: "it is a folder",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open on this machine",
};

/** Any thrown value as a failure. `ended`: the signal, if one came, and what is true of the machine. */
export function failureOf(thrown: unknown, ended?: Partial<Stopped> & Pick<Stopped, "state">): Failure {
  if (ended?.name !== undefined) return interrupted(thrown, ended.name, ended.state);
  if (thrown instanceof OmgError) return told(thrown, EXIT[thrown.exit]);
  return (
    ofMachine(thrown, ended?.state) ?? {
      code: "bug",
      exit: EXIT.error,
      message: `Something went wrong inside omg: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      details: [],
      state: ended?.state,
      hint: "This is a bug in omg. Run it again with OMG_DEBUG=1 and report what it shows; `omg check` says how this machine is.",
      stack: stackOf(thrown),
    }
  );
}

function ofMachine(thrown: unknown, state: string | undefined): Failure | undefined {
  const { code, path } = (thrown instanceof Error ? thrown : {}) as NodeJS.ErrnoException;
  const reason = code === undefined ? undefined : MACHINE[code];
  if (reason === undefined || path === undefined) return undefined;
  const message = `${path} could not be used: ${reason}.`;
  const hint = "Mend that, then run the command again.";
  return { code: "system-error", exit: EXIT.error, message, details: [], state, hint, stack: stackOf(thrown) };
}

function interrupted(thrown: unknown, name: StopSignal, state: string): Failure {
  const exit = exitOf(name);
  if (thrown instanceof OmgError && (thrown.exit === "partly" || thrown.code === UNANSWERED)) return told(thrown, exit);
  if (thrown instanceof OmgError && TELLING.includes(thrown.exit)) return { ...told(thrown, exit), state };
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
