/** Exit codes, as docs/exit-codes.md lists them. */
export const EXIT = {
  done: 0,
  error: 1,
  changes: 2,
  invalid: 3,
  refused: 4,
  busy: 5,
  partly: 6,
  stale: 7,
  unreachable: 8,
  consent: 9,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitName = keyof typeof EXIT;

export interface ErrorParts {
  /** Closed, kebab-case, stable: `lock-invalid`, `plan-stale`. */
  readonly code: string;
  readonly exit: ExitName;
  /** What happened. */
  readonly message: string;
  /** What is true now. */
  readonly state?: string;
  /** What to do next. */
  readonly hint?: string;
  /** Lines that belong to the message: each problem of a file, each violation. */
  readonly details?: readonly string[];
  readonly cause?: unknown;
}

/** The one error that omg throws on purpose. Written where it is thrown; rendered by the front ends. */
export class OmgError extends Error {
  readonly code: string;
  readonly exit: ExitName;
  readonly state: string | undefined;
  readonly hint: string | undefined;
  readonly details: readonly string[];

  constructor(parts: ErrorParts) {
    super(parts.message, { cause: parts.cause });
    this.name = "OmgError";
    this.code = parts.code;
    this.exit = parts.exit;
    this.state = parts.state;
    this.hint = parts.hint;
    this.details = parts.details ?? [];
  }
}
