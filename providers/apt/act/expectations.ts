import { OmgError } from "../../../schema/error.ts";

/** What one run of dpkg may do: these packages, from and to these versions, out of files with these hashes. */
export interface Expectations {
  readonly install: readonly ExpectedInstall[];
  readonly remove: readonly ExpectedRemoval[];
  /** What lay there unpacked and not configured before the run: dpkg may finish it on the way, and need not. */
  readonly configure: readonly ExpectedConfiguration[];
}

export interface ExpectedInstall {
  /** Without architecture. */
  readonly name: string;
  /** Of the package file: `amd64`, `all`. */
  readonly arch: string;
  /** Version that it replaces; null when it is not installed; absent for a broken package, whose version may be either. */
  readonly from?: string | null;
  readonly to: string;
  readonly sha256: string;
}

export interface ExpectedRemoval {
  readonly name: string;
  /** Of a package of a foreign architecture; absent: the machine's own, or `all`. */
  readonly arch?: string;
  /** Absent for what was removed before, and has only its configuration files left. */
  readonly from?: string;
}

export interface ExpectedConfiguration {
  readonly name: string;
  /** Of the package: `amd64`, `all`. */
  readonly arch: string;
  readonly version: string;
}

/** Reads back what `JSON.stringify` made of expectations. Errors: OmgError `expectations-invalid`. */
export function parseExpectations(text: string): Expectations {
  const value: unknown = JSON.parse(text);
  if (isExpectations(value)) return value;
  throw new OmgError({
    code: "expectations-invalid",
    exit: "error",
    message: "The file of expected changes is not one.",
  });
}

function isExpectations(value: unknown): value is Expectations {
  const lists = value as Partial<Record<keyof Expectations, unknown>> | null;
  return (
    Array.isArray(lists?.install) &&
    Array.isArray(lists.remove) &&
    Array.isArray(lists.configure) &&
    lists.install.every(isInstall) &&
    lists.remove.every(isRemoval) &&
    lists.configure.every(isConfiguration)
  );
}

function isInstall(value: unknown): value is ExpectedInstall {
  const item = value as Partial<Record<keyof ExpectedInstall, unknown>> | null;
  return (
    [item?.name, item?.arch, item?.to, item?.sha256].every(isString) &&
    (item?.from === undefined || item.from === null || isString(item.from))
  );
}

function isRemoval(value: unknown): value is ExpectedRemoval {
  const item = value as Partial<Record<keyof ExpectedRemoval, unknown>> | null;
  return isString(item?.name) && [item.from, item.arch].every((each) => each === undefined || isString(each));
}

function isConfiguration(value: unknown): value is ExpectedConfiguration {
  const item = value as Partial<Record<keyof ExpectedConfiguration, unknown>> | null;
  return [item?.name, item?.arch, item?.version].every(isString);
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}
