import { readIfPresent } from "../../../host/files.ts";
import { OmgError } from "../../../schema/error.ts";
import { expandPath } from "./patterns.ts";

/** A line of pacman.conf that says something. */
export interface Directive {
  /** `options`, or the name of a repository. */
  readonly section: string;
  readonly key: string;
  /** Absent for a bare word such as `CheckSpace`. */
  readonly value?: string;
}

/** A configuration with all that it includes, in reading order. */
export interface ConfigFiles {
  readonly directives: readonly Directive[];
  /** Sections in the order of their first line, `options` left out. */
  readonly repositories: readonly string[];
  /** Every file that was read, the main one first. */
  readonly files: readonly string[];
}

/** pacman's own limit. */
const MAX_DEPTH = 10;
const MAX_BYTES = 1 << 20;

/**
 * Reads pacman.conf(5). A section goes on through the files that it includes; one that is included may begin others.
 * Errors: OmgError `pacman-config`; system errors pass.
 */
export function readConfigFiles(path: string): ConfigFiles {
  const directives: Directive[] = [];
  const repositories: string[] = [];
  const files: string[] = [];
  let section = "";
  const read = (file: string, depth: number): void => {
    if (depth > MAX_DEPTH) throw invalid(path, `${file} is included through more than ${MAX_DEPTH} files`);
    const content = readIfPresent(file, MAX_BYTES);
    if (content === undefined) throw invalid(path, `${file} is not there`);
    files.push(file);
    for (const line of content
      .toString("utf8")
      .split("\n")
      .map((text) => text.trim())) {
      if (line === "" || line.startsWith("#")) continue;
      const header = /^\[(.*)\]$/.exec(line)?.[1];
      if (header !== undefined) {
        section = header;
        if (section !== "options" && !repositories.includes(section)) repositories.push(section);
        continue;
      }
      const directive = directiveOf(line, section);
      if (section === "") throw invalid(path, `${file} has ${directive.key} outside of any section`);
      if (directive.key !== "Include") directives.push(directive);
      else for (const included of expandPath(directive.value ?? "")) read(included, depth + 1);
    }
  };
  read(path, 0);
  return { directives, repositories, files };
}

function directiveOf(line: string, section: string): Directive {
  const equals = line.indexOf("=");
  if (equals < 0) return { section, key: line };
  return { section, key: line.slice(0, equals).trim(), value: line.slice(equals + 1).trim() };
}

function invalid(path: string, reason: string): OmgError {
  return new OmgError({
    code: "pacman-config",
    exit: "invalid",
    message: `The configuration of pacman, ${path}, could not be read: ${reason}.`,
    state: "Nothing was changed.",
    hint: "`pacman-conf` shows how pacman itself reads it.",
  });
}
