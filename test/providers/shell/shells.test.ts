import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { parse, render, type Settings } from "../../../providers/shell/env-file.ts";
import { needs } from "../../support/needs.ts";

const ENV = { PATH: process.env.PATH, LC_ALL: "C.UTF-8" };
/** As programs start them: without anybody's start files. bash reads them where its input looks like a network's.
 * zsh with the option that reads quotes differently. */
const SHELLS = { dash: [], bash: ["--norc", "--noprofile"], zsh: ["-f", "-o", "rcquotes"] } as const;
type Shell = keyof typeof SHELLS;

/** Prints what child processes get (`env -0`), then each alias as the shell itself decodes it. */
const PROBE = `
  . "$1" || exit 9
  shift
  env -0
  printf '\\0'
  for name in "$@"; do
    shown=$(alias "$name"; printf x)
    shown=\${shown%x}
    shown=\${shown#alias }
    eval "value=\${shown#*=}"
    printf '%s\\0' "$value"
  done
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-shell-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function sourced(shell: Shell, settings: Settings): Settings {
  const file = join(folder, "env.sh");
  writeFileSync(file, render(settings));
  const aliases = [...settings.keys()].filter((name) => name.startsWith("alias.")).map((name) => name.slice(6));
  const out = execFileSync(shell, [...SHELLS[shell], "-c", PROBE, shell, file, ...aliases], {
    env: ENV,
    encoding: "utf8",
  });
  const border = out.indexOf("\0\0");
  const variables = out
    .slice(0, border)
    .split("\0")
    .map((entry): [string, string] => [
      `env.${entry.slice(0, entry.indexOf("="))}`,
      entry.slice(entry.indexOf("=") + 1),
    ]);
  const values = out.slice(border + 2).split("\0");
  const found = [
    ...variables.filter(([name]) => settings.has(name)),
    ...aliases.map((name, index): [string, string] => [`alias.${name}`, values[index] ?? ""]),
  ];
  return new Map(found);
}

const awkward = fc.constantFrom(
  "'",
  "''",
  '"',
  "\n",
  "\n\n",
  "$HOME",
  "`id`",
  "$(id)",
  "\\",
  "\\'",
  "!",
  "#",
  " ",
  "\t",
  "~",
  "*",
  ";",
  "&",
  "\r",
  "é",
  "漢",
  "🙂",
  "export X='y'\n",
  "%s",
  "\u0001",
  "\u007f",
);
const value = fc.oneof(
  fc.array(awkward, { maxLength: 8 }).map((parts) => parts.join("")),
  fc.string({ unit: "binary", maxLength: 20 }).filter((text) => !text.includes("\0") && !/\p{Surrogate}/u.test(text)),
);
const variable = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,8}$/).map((name) => `env.OMG_T_${name}`);
const alias = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9.:+@-]{0,8}$/).map((name) => `alias.omg-t${name}`);
const settings = fc.array(fc.tuple(fc.oneof(variable, alias), value), { maxLength: 8 }).map((pairs) => new Map(pairs));

describe.each(["dash", "bash", "zsh"] as const)("%s, sourcing the file", (shell) => {
  const it = test.runIf(shell !== "zsh" || needs("zsh"));

  it("has exactly the values that were wanted", () => {
    fc.assert(
      fc.property(settings, (wanted) => {
        expect(sourced(shell, wanted)).toEqual(wanted);
      }),
      { numRuns: 60 },
    );
  });

  it("runs the aliases", () => {
    writeFileSync(join(folder, "env.sh"), render(new Map([["alias.greet", "printf '%s, %s' \"it's\""]])));
    const prelude = shell === "bash" ? "shopt -s expand_aliases\n" : "";
    const out = execFileSync(shell, [...SHELLS[shell], "-s"], {
      env: ENV,
      encoding: "utf8",
      input: `${prelude}. ${folder}/env.sh\ngreet "$((1 + 1))"\n`,
    });
    expect(out).toBe("it's, 2");
  });
});

describe("the file's text", () => {
  it("is read back as it was written, whatever the values", () => {
    fc.assert(
      fc.property(settings, (wanted) => {
        const { settings: read, faults } = parse(render(wanted));
        expect(faults).toEqual([]);
        expect([...read].sort()).toEqual([...wanted].sort());
      }),
    );
  });

  it("does not depend on the order of the settings", () => {
    fc.assert(
      fc.property(settings, (wanted) => {
        expect(render(new Map([...wanted].reverse()))).toBe(render(wanted));
      }),
    );
  });

  it("shows any edit as a fault or a changed setting", () => {
    fc.assert(
      fc.property(
        settings,
        fc.nat(),
        fc.constantFrom("x", "'", "\n", "#", "export A='b'\n", "rm -rf /\n"),
        (wanted, at, junk) => {
          const text = render(wanted);
          const edited = `${text.slice(0, at % (text.length + 1))}${junk}${text.slice(at % (text.length + 1))}`;
          const { settings: read, faults } = parse(edited);
          expect(faults.length > 0 || render(read) !== text).toBe(true);
        },
      ),
    );
  });

  it("may hold a value of very many quotes", () => {
    const wanted = new Map([["env.QUOTES", "'".repeat(200_000)]]);
    expect(parse(render(wanted))).toEqual({ settings: wanted, faults: [] });
  });

  it("is at fault in another order, with a line twice, or quoted otherwise", () => {
    const text = render(
      new Map([
        ["env.A", "1"],
        ["env.B", "2"],
      ]),
    );
    const faults = ["its lines are not in omg's order or quoting"];
    expect(parse(text.replace("A='1'", "C='1'")).faults).toEqual(faults);
    expect(parse(`${text}export B='2'\n`).faults).toEqual(faults);
    expect(parse(text.replace("'2'", "'2'''")).faults).toEqual(faults);
  });

  it("names the lines that are not omg's", () => {
    const text = `${render(new Map([["env.A", "1\n2"]]))}echo hello\n`;
    expect(parse(text)).toEqual({ settings: new Map([["env.A", "1\n2"]]), faults: ["line 5 is not omg's"] });
  });
});
