/** One line of what apt's simulation would do. */
export interface Move {
  readonly action: "install" | "remove" | "purge";
  /** As dpkg keys it: plain for the native architecture and `all`, `name:arch` for a foreign one. */
  readonly name: string;
  /** Version that is installed now. */
  readonly from?: string;
  /** Version that would be installed; absent for removals. */
  readonly to?: string;
  /** Architecture of the package file: `amd64`, `all`. */
  readonly arch?: string;
}

const INSTALL = /^Inst (\S+)(?: \[(\S+)\])? \((\S+) .*?\[([a-z0-9-]+)\]\)/;
const REMOVE = /^(Remv|Purg) (\S+)(?: \[(\S+)\])?/;

/**
 * Reads what `apt-get --simulate` prints: `Inst name [old] (new Origin:suite [arch])`, `Remv name [old]`, `Purg name [old]`.
 * `Conf` lines repeat the `Inst` ones, and lists of packages that are broken for the moment may follow; both are left out
 * (apt-get(8), `--simulate`).
 */
export function parseMoves(output: string): readonly Move[] {
  return output.split("\n").flatMap((line) => moveOf(line) ?? []);
}

function moveOf(line: string): Move | undefined {
  const install = INSTALL.exec(line);
  if (install !== null) {
    const [, name = "", from, to = "", arch = ""] = install;
    return { action: "install", name, to, arch, ...(from === undefined ? {} : { from }) };
  }
  const removal = REMOVE.exec(line);
  if (removal === null) return undefined;
  const [, action, name = "", from] = removal;
  return { action: action === "Purg" ? "purge" : "remove", name, ...(from === undefined ? {} : { from }) };
}

/** What apt says about why it found no answer: the unmet dependencies and the errors, one a line. */
export function parseExplanation(stdout: string, stderr: string): readonly string[] {
  const lines = stdout.split("\n");
  const start = lines.findIndex((line) => line.startsWith("The following packages have unmet dependencies:"));
  const unmet = start < 0 ? [] : lines.slice(start + 1).filter((line) => line.startsWith(" "));
  const errors = stderr.split("\n").flatMap((line) => (line.startsWith("E: ") ? [line.slice(3)] : []));
  return [...unmet, ...errors].map((line) => line.trim().replace(/\s+/g, " "));
}
