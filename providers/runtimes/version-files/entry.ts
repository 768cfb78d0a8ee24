/**
 * What a version file says about one tool. `tool` is the name as omg has it (`node`, not `nodejs`), also of tools that omg does
 * not install; `*` where a file that cannot be read may have meant any of them.
 */
export interface Entry {
  readonly tool: string;
  /** From 1. */
  readonly line: number;
  /**
   * What is asked for, the best first: a version or the beginning of one, `latest`, `lts`, `lts/NAME`, `lts/-N`, a channel, `system`,
   * `path:/absolute`, `ref:…`, or a range in npm's notation that begins with one of `<>=^~`, or holds a space or `|`. Empty: the
   * user's default, whatever folders above say.
   */
  readonly requests: readonly string[];
  /** Each of the requests has to be there, not only one of them: pyenv and mise put all on the PATH. */
  readonly all?: true;
  /** Why nothing can be made of it, instead of requests. A clause, such as `it names no version`. */
  readonly fault?: string;
}

/** A line with its number from 1, without its end. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

export function linesOf(text: string): Line[] {
  return text
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .map((line, index) => ({ number: index + 1, text: line }));
}

const LONGEST = 128;
const VERSION = /^[A-Za-z0-9][A-Za-z0-9._+~-]*$/;

/** Whether the text can be a version, the beginning of one, or the name of a channel or alias: nothing that is part of a path. */
export function isVersion(text: string): boolean {
  return text.length <= LONGEST && VERSION.test(text) && !text.includes("..");
}

export function asks(tool: string, line: number, ...requests: readonly string[]): Entry {
  return { tool, line, requests };
}

export function faulty(tool: string, line: number, fault: string): Entry {
  return { tool, line, requests: [], fault };
}

/** A request that may be made, or what is wrong with it. */
export function checked(tool: string, line: number, request: string): Entry {
  if (request === "") return faulty(tool, line, "it names no version");
  return isVersion(request) ? asks(tool, line, request) : faulty(tool, line, "that is not a version");
}

const NAMES: Readonly<Record<string, string>> = { nodejs: "node", golang: "go" };

/** The name that omg has for a tool. */
export function toolNamed(name: string): string {
  return NAMES[name] ?? name;
}
