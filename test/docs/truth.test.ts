import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseArguments } from "../../cli/program.ts";
import { EXIT } from "../../schema/error.ts";
import { below, blocksOf, documents, PROJECT, proseOf, read } from "./documents.ts";

const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g;

describe("links", () => {
  const links = documents().flatMap((name) => [...proseOf(name).matchAll(LINK)].map(([, to = ""]) => ({ name, to })));
  const inside = links.filter(({ to }) => !/^[a-z]+:/.test(to));

  test.each(inside)("$name: $to leads somewhere", ({ name, to }) => {
    const [path = "", heading] = to.split("#");
    const target = path === "" ? name : join(dirname(name), path);
    expect(existsSync(join(PROJECT, target)), target).toBe(true);
    if (heading !== undefined) expect(headingsOf(target)).toContain(heading);
  });

  test("there are links to check", () => expect(inside.length).toBeGreaterThan(20));
});

/** Anchors of a document's headings, as GitHub makes them. */
function headingsOf(name: string): string[] {
  return [...proseOf(name).matchAll(/^#+ (.+)$/gm)].map(([, text = ""]) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** What stands for something else in a command that a text names. */
const STANDS_FOR: readonly (readonly [RegExp, string])[] = [
  [/\$\{[^}]*\}/g, "x"],
  [/\bCOMMAND\b/g, "plan"],
];

/** Arguments of a command line as far as it is omg's: without comment, and up to the next program. */
function argumentsOf(line: string): string[] {
  const own = STANDS_FOR.reduce((text, [pattern, word]) => text.replace(pattern, word), line).split(
    /\s(?:[|;#>]|&&)/,
  )[0];
  return (own ?? "").trim().split(/\s+/).slice(1);
}

const COMMAND = /(?:^|[\s"(])((?:\.\/bin\/)?omg [a-z-].*)$/;

function inDocuments(): { where: string; line: string }[] {
  return documents().flatMap((name) => {
    const spans = [...proseOf(name).matchAll(/`([^`\n]+)`/g)].map(([, text = ""]) => text);
    const typed = blocksOf(name).flatMap(({ language, text }) =>
      text.split("\n").filter((line) => language === "sh" || line.startsWith("$ ")),
    );
    return [...spans, ...typed].map((line) => ({ where: name, line: COMMAND.exec(line)?.[1] ?? "" }));
  });
}

/** In strings, templates and comments of the code. What begins a template itself is a sentence about omg, and no command. */
function inMessages(): { where: string; line: string }[] {
  const folders = ["app", "cli", "daemon", "host", "policy", "providers", "reconciler", "root", "schema"];
  return folders.flatMap(below).flatMap((where) => {
    const mentions = [...read(where).matchAll(/(\\?)`((?:sudo )?omg [a-z-][^`\\\n]*)\1`/g)];
    return mentions
      .filter(([, escaped, line = ""]) => escaped !== "" || !line.includes("${"))
      .map(([, , line = ""]) => ({ where, line: COMMAND.exec(line)?.[1] ?? "" }));
  });
}

/** Half a command is a way to speak of a whole one: `omg plan --out`. */
function unknownIn(line: string): string | undefined {
  try {
    parseArguments(argumentsOf(line), "0", { columns: 80, color: () => false });
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return /argument missing|needs one more word/.test(message) ? undefined : message;
  }
}

describe("commands", () => {
  const named = [...inDocuments(), ...inMessages()].filter(({ line }) => line !== "");

  test.each(named)("$where: $line is one that omg takes", ({ line }) => expect(unknownIn(line)).toBeUndefined());

  test("there are commands to check, and a wrong one is found", () => {
    expect(named.length).toBeGreaterThan(40);
    for (const line of ["omg upgrade", "omg plan --detailed", "omg history --only apt", "omg env forget"])
      expect(unknownIn(line)).toBeDefined();
  });
});

test("docs/exit-codes.md lists the codes that omg has", () => {
  const rows = [...read("docs/exit-codes.md").matchAll(/^\| ([\d, ]+) \| ([a-z, ]+) \|/gm)];
  const listed = rows.flatMap(([, codes = "", names = ""]) => {
    const all = names.split(", ");
    return codes.split(", ").map((code, at) => [all[at], Number(code)] as const);
  });
  expect(Object.fromEntries(listed)).toEqual(EXIT);
});

describe("docs/plan-json.md", () => {
  const members = new Set(
    [...read("schema/wire/plan-json.ts").matchAll(/readonly (\w+)\??:/g)].map(([, name]) => name ?? ""),
  );
  const text = read("docs/plan-json.md");

  test("names every member that the types have", () => {
    expect(members.size).toBeGreaterThan(40);
    for (const name of members) expect(text).toMatch(new RegExp(`[\`."]${name}(?:\\[\\])?[\`."]`));
  });

  test("names none that they do not have", () => {
    const tables = [...text.matchAll(/^\| member \|.*\n\|[-|]+\|\n((?:\|.*\n)+)/gm)].map(([, rows = ""]) => rows);
    const named = tables.flatMap((rows) =>
      rows
        .split("\n")
        .flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name)),
    );
    expect(named.length).toBeGreaterThan(40);
    for (const name of named) expect(members).toContain(name.split(".").at(-1)?.replace("[]", ""));
  });
});
