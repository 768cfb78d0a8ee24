import { describe, expect, test } from "vitest";
import { parseConfig } from "../../schema/files/config.ts";
import { loadLock } from "../../schema/files/lock.ts";
import { parseMembers } from "../../schema/files/members.ts";
import { parsePolicy } from "../../schema/files/policy.ts";
import { parsePolicyTest } from "../../schema/files/policy-test.ts";
import { type Block, blocksOf, documents } from "./documents.ts";

/** What a whole file begins with in a document, and the parser that omg reads it with. */
const PARSERS: Readonly<Record<string, (text: string) => unknown>> = {
  "# omg.lock": (text) =>
    loadLock({
      path: "/example/omg.lock",
      text,
      platform: {
        id: "debian",
        versionId: "12",
        arch: "amd64",
        platform: "debian-12-amd64",
        hostname: "build-1",
      },
      own: false,
      read: (path) => ({ path, text: "apt: { packages: { jq: '*' } }\n" }),
    }),
  "# policy.toml": (text) => parsePolicy({ path: "/example/policy.toml", text }),
  "# policy-test.toml": (text) => parsePolicyTest({ path: "/example/policy-test.toml", text }),
  "# config.toml": (text) => parseConfig({ path: "/example/config.toml", text }),
  "# .omg/members.toml": (text) => parseMembers({ path: "/example/.omg/members.toml", text }),
};

const examples = documents()
  .flatMap(blocksOf)
  .filter(({ language }) => language === "yaml" || language === "toml");

function firstLine({ text }: Block): string {
  return text.split("\n")[0] ?? "";
}

describe("examples in the documents", () => {
  test("there are some of each kind", () => {
    for (const kind of Object.keys(PARSERS)) expect(examples.map(firstLine)).toContain(kind);
  });

  test.each(examples)("$at is a whole file that omg takes", (block) => {
    const parse = PARSERS[firstLine(block)];
    if (parse === undefined) return expect.unreachable(`begin it with one of: ${Object.keys(PARSERS).join(", ")}`);
    parse(block.text);
  });
});
